package io.portolan.operator;

import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/**
 * The operator's program; with {@code import-kube-proxy} as first argument {@link ImportCommand},
 * which starts none of it.
 */
@SpringBootApplication
@EnableConfigurationProperties(PortolanProperties.class)
public class OperatorApplication {
  /** Runs until SIGTERM, or until leadership is lost. */
  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals(ImportCommand.NAME)) {
      List<String> rest = List.of(args).subList(1, args.length);
      System.exit(new ImportCommand(System.in, System.out, System.err).run(rest));
    }
    SpringApplication.run(OperatorApplication.class, args);
  }
}
