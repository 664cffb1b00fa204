package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A time in which nodes may get a change. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutWindow(
    @JsonPropertyDescription("Days on which it opens. Default: each day.") @Size(min = 1, max = 7)
        @Nullable List<WeekDay> days,
    @JsonPropertyDescription(
            """
            When it opens, by the clock of the time zone, from 00:00 to 23:59. A time that daylight \
            saving skips is taken as much later as the clock jumps, one that comes twice the first \
            time.""")
        @Required
        @Size(max = 5)
        @Pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$")
        String start,
    @JsonPropertyDescription("How long it stays open. A duration from 1m to 24h.")
        @Required
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "1m" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 1m to 24h, such as 90m or 4h")
        String duration,
    @JsonPropertyDescription(
            "Name of the time zone in the IANA database, such as Europe/Berlin. Default: UTC.")
        @Size(max = 64)
        @ValidationRule(
            value =
                "self.matches('^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$')"
                    + " && timestamp('2026-01-01T00:00:00Z').getFullYear(self) > 0",
            message = "must be a time zone of the IANA database, such as Europe/Berlin or UTC")
        @Nullable String timeZone) {}
