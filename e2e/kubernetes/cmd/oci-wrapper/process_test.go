package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const bundleConfig = `{"ociVersion":"1.2.1","process":{
  "capabilities":{"bounding":["CAP_NET_ADMIN","CAP_SYS_RESOURCE"],"ambient":["CAP_SYS_RESOURCE"]},
  "rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":512},{"type":"RLIMIT_UNHEARD_OF","hard":7,"soft":7}]}}`

func TestTakesOutOnlyWhatTheKernelWouldRefuse(t *testing.T) {
	var config struct{ Process map[string]any }
	decoder := json.NewDecoder(strings.NewReader(bundleConfig))
	decoder.UseNumber()
	if err := decoder.Decode(&config); err != nil {
		t.Fatal(err)
	}

	relaxProcess(config.Process, func(name string) (uint64, bool) { return 1024, name == "RLIMIT_NOFILE" })

	relaxed, _ := json.Marshal(config.Process)
	want := `{"capabilities":{"ambient":[],"bounding":["CAP_NET_ADMIN"]},` +
		`"rlimits":[{"hard":1024,"soft":512,"type":"RLIMIT_NOFILE"},{"hard":7,"soft":7,"type":"RLIMIT_UNHEARD_OF"}]}`
	if string(relaxed) != want {
		t.Errorf("got  %s\nwant %s", relaxed, want)
	}
}

func TestRewritesTheBundleThatRuncIsGiven(t *testing.T) {
	for _, args := range [][]string{
		{"--root", "/run/runc", "create", "--bundle", "BUNDLE", "--pid-file", "x", "id"},
		{"run", "-b", "BUNDLE", "id"},
		{"create", "--bundle=BUNDLE", "id"},
	} {
		bundle := t.TempDir()
		file := filepath.Join(bundle, "config.json")
		if err := os.WriteFile(file, []byte(bundleConfig), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, arg := range args {
			args[i] = strings.Replace(arg, "BUNDLE", bundle, 1)
		}

		if err := relax(args); err != nil {
			t.Fatal(err)
		}

		after, _ := os.ReadFile(file)
		var config struct {
			Process struct{ Capabilities map[string][]string }
		}
		if err := json.Unmarshal(after, &config); err != nil {
			t.Fatal(err)
		}
		if len(config.Process.Capabilities["ambient"]) != 0 {
			t.Errorf("%v: CAP_SYS_RESOURCE is still there: %s", args, after)
		}
	}
}

func TestLeavesOtherCommandsAlone(t *testing.T) {
	if err := relax([]string{"--root", "/run/runc", "delete", "--force", "id"}); err != nil {
		t.Error(err)
	}
}
