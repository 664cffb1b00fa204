package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What the agent logs. */
public enum LogLevel {
  @JsonProperty("error")
  ERROR,
  @JsonProperty("warn")
  WARN,
  @JsonProperty("info")
  INFO,
  @JsonProperty("debug")
  DEBUG
}
