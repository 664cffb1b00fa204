package io.portolan.bench;

/**
 * What a phase of a race plays on.
 *
 * @param probes how many of the population's probes there are, from the first on
 */
record Stage(
    Load load,
    Population population,
    int probes,
    Testbed testbed,
    Running running,
    Events events) {}
