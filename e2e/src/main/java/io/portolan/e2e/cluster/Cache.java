package io.portolan.e2e.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which scripts/prepare.sh keeps the programs and images it built.
 *
 * @param folder absolute path
 */
public record Cache(Path folder) {

  /**
   * The folder in force: system property {@code portolan.cache}, else {@code PORTOLAN_CACHE}, else
   * {@code portolan} in the user's cache folder.
   */
  public static Cache inForce() {
    String given = firstSet(System.getProperty("portolan.cache"), System.getenv("PORTOLAN_CACHE"));
    if (given != null) {
      return new Cache(Path.of(given).toAbsolutePath());
    }
    String userCaches = firstSet(System.getenv("XDG_CACHE_HOME"));
    Path parent =
        userCaches == null
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(userCaches);
    return new Cache(parent.resolve("portolan").toAbsolutePath());
  }

  /** The program of this name; throws {@link ClusterException} if it was not built yet. */
  public Path program(String name) {
    return present(programs().resolve(name));
  }

  Path programs() {
    return folder.resolve("bin");
  }

  /** The image archive of this name; throws {@link ClusterException} if it was not built yet. */
  public Path image(String name) {
    return present(folder.resolve("images").resolve(name + ".tar"));
  }

  private static Path present(Path file) {
    if (!Files.exists(file)) {
      throw new ClusterException(file + " is missing: run scripts/prepare.sh, which builds it.");
    }
    return file;
  }

  private static @Nullable String firstSet(@Nullable String... values) {
    for (String value : values) {
      if (value != null && !value.isBlank()) {
        return value;
      }
    }
    return null;
  }
}
