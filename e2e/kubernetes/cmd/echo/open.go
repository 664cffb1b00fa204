package main

import (
	"maps"
	"slices"
	"time"
)

// openCalls knows when each call began that has not ended.
type openCalls struct {
	since map[int]time.Time
	begun int
}

func newOpenCalls() openCalls { return openCalls{since: map[int]time.Time{}} }

// add returns the number by which the call is ended.
func (o *openCalls) add(at time.Time) int {
	o.begun++
	o.since[o.begun] = at
	return o.begun
}

func (o *openCalls) end(number int) { delete(o.since, number) }

// oldest is when the oldest open call began, empty when all have ended.
func (o *openCalls) oldest() string {
	if len(o.since) == 0 {
		return ""
	}
	return millis(slices.MinFunc(slices.Collect(maps.Values(o.since)), time.Time.Compare))
}

func millis(at time.Time) string {
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
