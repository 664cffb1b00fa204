package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
)

var limitNumbers = map[string]int{
	"RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4,
	"RLIMIT_RSS": 5, "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9,
	"RLIMIT_LOCKS": 10, "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13,
	"RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
}

// relaxFile rewrites the process description found at the given keys of a JSON file.
func relaxFile(path string, keys ...string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var root map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // limits are 64 bit, float64 would round them
	if err := decoder.Decode(&root); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	process := root
	for _, key := range keys {
		process, _ = process[key].(map[string]any)
	}
	relaxProcess(process, hardLimit)
	relaxed, err := json.Marshal(root)
	if err != nil {
		return err
	}
	return os.WriteFile(path, relaxed, 0o600)
}

func relaxProcess(process map[string]any, hardLimit func(string) (uint64, bool)) {
	capabilities, _ := process["capabilities"].(map[string]any)
	for set, names := range capabilities {
		if list, ok := names.([]any); ok {
			capabilities[set] = slices.DeleteFunc(list, func(name any) bool { return name == "CAP_SYS_RESOURCE" })
		}
	}
	limits, _ := process["rlimits"].([]any)
	for _, entry := range limits {
		limit, _ := entry.(map[string]any)
		name, _ := limit["type"].(string)
		highest, known := hardLimit(name)
		if !known {
			continue
		}
		for _, end := range []string{"hard", "soft"} {
			if wanted, err := strconv.ParseUint(fmt.Sprint(limit[end]), 10, 64); err == nil && wanted > highest {
				limit[end] = json.Number(strconv.FormatUint(highest, 10))
			}
		}
	}
}

func hardLimit(name string) (uint64, bool) {
	number, known := limitNumbers[name]
	if !known {
		return 0, false
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(number, &limit); err != nil {
		return 0, false
	}
	return limit.Max, true
}
