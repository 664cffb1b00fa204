package io.portolan.operator;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** The operator's program. */
@SpringBootApplication
@EnableConfigurationProperties(PortolanProperties.class)
public class OperatorApplication {
  /** Runs until SIGTERM, or until leadership is lost. */
  public static void main(String[] args) {
    SpringApplication.run(OperatorApplication.class, args);
  }
}
