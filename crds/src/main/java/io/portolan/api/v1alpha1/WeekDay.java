package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A day of the week. */
public enum WeekDay {
  @JsonProperty("Mon")
  MON,

  @JsonProperty("Tue")
  TUE,

  @JsonProperty("Wed")
  WED,

  @JsonProperty("Thu")
  THU,

  @JsonProperty("Fri")
  FRI,

  @JsonProperty("Sat")
  SAT,

  @JsonProperty("Sun")
  SUN
}
