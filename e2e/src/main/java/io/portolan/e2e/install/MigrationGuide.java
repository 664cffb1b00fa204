package io.portolan.e2e.install;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of docs/migration.md, which a test gives as a reader would. */
public final class MigrationGuide {
  private static final Pattern STEP = Pattern.compile("(\\d+)\\. .*");

  /** Code in a list's item: four spaces more than the item's text. */
  private static final String CODE = " ".repeat(7);

  private final Map<String, String> commands;

  private MigrationGuide(Map<String, String> commands) {
    this.commands = commands;
  }

  /** Reads the document of this checkout. */
  public static MigrationGuide read() {
    Map<String, String> commands = new TreeMap<>();
    String part = "";
    String step = "";
    for (String line : Installation.file("docs/migration.md").lines().toList()) {
      Matcher number = STEP.matcher(line);
      if (line.startsWith("## ")) {
        part = line.substring(3).split("[, ]", 2)[0];
        step = "";
      } else if (number.matches()) {
        step = part + " " + number.group(1);
      } else if (line.startsWith(CODE) && !step.isEmpty()) {
        commands.merge(step, line.substring(CODE.length()) + "\n", String::concat);
      }
    }
    return new MigrationGuide(commands);
  }

  /**
   * What a step of the way there is done by.
   *
   * @param step 1 is the first
   * @throws IllegalArgumentException when the document gives no command there
   */
  public String there(int step) {
    return commands("There " + step);
  }

  /** The same for the way back. */
  public String back(int step) {
    return commands("Back " + step);
  }

  private String commands(String step) {
    String found = commands.get(step);
    if (found == null) {
      throw new IllegalArgumentException(
          "docs/migration.md has commands for " + commands.keySet() + ", not for " + step);
    }
    return found;
  }
}
