package io.portolan.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Every rule on what may depend on what. The rooms are those of docs/architecture.md; the other
 * gates of the build (formatting, Error Prone, NullAway, warnings as errors) stand in the parent
 * pom.xml.
 */
@DisplayName("Architecture")
class ArchitectureTest {
  /** Rooms that compute and nothing else: no client, no clock, no I/O, no thread. */
  private static final String[] PURE = {
    "io.portolan.agent.service..",
    "io.portolan.agent.plan..",
    "io.portolan.agent.proto..",
    "io.portolan.operator.fleet..",
    "io.portolan.operator.rollout..",
    "io.portolan.operator.manifests..",
    "io.portolan.operator.status..",
    "io.portolan.operator.migration..",
  };

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.portolan");

  @Test
  @DisplayName("the rules see the classes of every module")
  void everyModuleIsSeen() {
    for (String name :
        new String[] {
          "io.portolan.api.v1alpha1.ProxyConfig",
          "io.portolan.operator.OperatorApplication",
          "io.portolan.agent.Main",
          "io.portolan.bench.Bench",
          "io.portolan.e2e.cluster.Cluster"
        }) {
      OURS.get(name);
    }
  }

  @Test
  @DisplayName("no package depends on itself through others")
  void noCycles() {
    slices().matching("io.portolan.(**)").should().beFreeOfCycles().check(OURS);
  }

  @Test
  @DisplayName(
      "the API depends on nothing of ours; operator and agent know each other only through it")
  void modulesStandApart() {
    noClasses()
        .that()
        .resideInAPackage("io.portolan.api..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.portolan.operator..", "io.portolan.agent..", "io.portolan.e2e..")
        .check(OURS);
    noClasses()
        .that()
        .resideInAPackage("io.portolan.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.portolan.operator..", "io.portolan.agent..", "io.portolan.e2e..")
        .because("it runs the agent as its image has it, and nothing of it in its own JVM")
        .check(OURS);
    noClasses()
        .that()
        .resideInAPackage("io.portolan.operator..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.portolan.agent..", "io.portolan.e2e..")
        .check(OURS);
    noClasses()
        .that()
        .resideInAPackage("io.portolan.agent..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.portolan.operator..",
            "io.portolan.e2e..",
            "org.springframework..",
            "io.javaoperatorsdk..")
        .check(OURS);
  }

  @Test
  @DisplayName("pure rooms import no client, no I/O, no thread, no framework")
  void pureRoomsArePure() {
    noClasses()
        .that()
        .resideInAnyPackage(PURE)
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "do I/O, wait, log or know a framework", ArchitectureTest::impure))
        .check(OURS);
  }

  @Test
  @DisplayName("pure rooms read no clock, no environment, no randomness")
  void pureRoomsHaveNoAmbientInput() {
    var rule = noClasses().that().resideInAnyPackage(PURE).should();
    rule.callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "getProperty", String.class)
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(java.time.ZonedDateTime.class, "now")
        .orShould()
        .callMethod(java.time.LocalDateTime.class, "now")
        .orShould()
        .callMethod(java.util.UUID.class, "randomUUID")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(java.time.Clock.class, java.util.Random.class)
        .check(OURS);
  }

  @Test
  @DisplayName(
      "only agent.kernel, and the bench, make system calls, and only the dataplanes use its netlink")
  void onlyTheKernelRoomTouchesTheKernel() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.portolan.agent.kernel..", "io.portolan.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(OURS);
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.portolan.agent.watch..", "io.portolan.agent.report..", "io.portolan.agent.health..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.portolan.agent.kernel..")
        .check(OURS);
  }

  @Test
  @DisplayName(
      "the agent starts no process, but for iptables and ipset, which have no other way in")
  void theAgentExecsNothing() {
    noClasses()
        .that()
        .resideInAPackage("io.portolan.agent..")
        .and()
        .doNotHaveFullyQualifiedName("io.portolan.agent.dataplane.iptables.Processes")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ProcessBuilder.class, Process.class)
        .orShould()
        .callMethod(Runtime.class, "exec", String[].class)
        .check(OURS);
  }

  @Test
  @DisplayName("what judges other proxies reads nothing itself")
  void judgementIsPure() {
    noClasses()
        .that()
        .resideInAPackage("io.portolan.agent.others..")
        .and()
        .haveNameMatching(
            ".*\\.(Cut|Facts|Judgement|KubeProxyNames|Listener|Ownership|OtherProxy|Places"
                + "|SavedRules)")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "do I/O, wait, log or know a framework", ArchitectureTest::impure))
        .check(OURS);
  }

  @Test
  @DisplayName("every package is null-marked")
  void everyPackageIsNullMarked() {
    classes().should(new LiveInANullMarkedPackage()).check(OURS);
  }

  @Test
  @DisplayName("no class is named after nothing in particular")
  void namesSaySomething() {
    noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl|Common)$").check(OURS);
  }

  private static boolean impure(JavaClass type) {
    String name = type.getPackageName();
    boolean client =
        starts(name, "io.fabric8.kubernetes.client")
            && !type.getName().equals("io.fabric8.kubernetes.client.CustomResource");
    boolean io = starts(name, "java.io") && !type.isAssignableTo(java.io.Serializable.class);
    return client
        || io
        || type.isEquivalentTo(Thread.class)
        || Stream.of(
                "io.javaoperatorsdk",
                "org.springframework",
                "org.slf4j",
                "java.util.logging",
                "java.nio.file",
                "java.nio.channels",
                "java.net",
                "java.util.concurrent")
            .anyMatch(prefix -> starts(name, prefix));
  }

  private static boolean starts(String name, String prefix) {
    return name.equals(prefix) || name.startsWith(prefix + ".");
  }

  private static final class LiveInANullMarkedPackage extends ArchCondition<JavaClass> {
    LiveInANullMarkedPackage() {
      super("live in a package that is @NullMarked");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
      JavaPackage home = Objects.requireNonNull(type.getPackage());
      if (!home.isAnnotatedWith(NullMarked.class)) {
        events.add(
            SimpleConditionEvent.violated(
                type, home.getName() + " has no @NullMarked package-info"));
      }
    }
  }
}
