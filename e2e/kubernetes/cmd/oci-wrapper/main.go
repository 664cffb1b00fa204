// Stands in for runc where root lacks CAP_SYS_RESOURCE: takes out of a container's configuration
// what the kernel would refuse there, then becomes runc. With the capability it changes nothing.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	if err := becomeRunc(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "oci-wrapper:", err)
		os.Exit(1)
	}
}

func becomeRunc(args []string) error {
	mayRaise, err := hasSysResource()
	if err != nil {
		return err
	}
	if !mayRaise {
		if err := relax(args[1:]); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{"runc"}, args[1:]...), os.Environ())
}

func relax(args []string) error {
	for i, arg := range args {
		switch arg {
		case "create", "run":
			bundle := option(args[i+1:], ".", "--bundle", "-b")
			return relaxFile(filepath.Join(bundle, "config.json"), "process")
		case "exec":
			if process := option(args[i+1:], "", "--process", "-p"); process != "" {
				return relaxFile(process)
			}
			return nil
		}
	}
	return nil
}

func option(args []string, fallback string, names ...string) string {
	for i, arg := range args {
		for _, name := range names {
			if value, joined := strings.CutPrefix(arg, name+"="); joined {
				return value
			}
			if arg == name && i+1 < len(args) {
				return args[i+1]
			}
		}
	}
	return fallback
}

func hasSysResource() (bool, error) {
	const sysResource = 24
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(status)) {
		var permitted uint64
		if n, _ := fmt.Sscanf(line, "CapPrm:\t%x", &permitted); n == 1 {
			return permitted&(1<<sysResource) != 0, nil
		}
	}
	return false, fmt.Errorf("no CapPrm in /proc/self/status")
}
