package suite

import (
	"encoding/json"
	"flag"
	"os"
	"strconv"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// What a failed spec printed can be megabytes; its end tells why.
const outputLimit = 40_000

var specsFile = flag.String("specs-file", "", "file to which each spec's outcome is appended as it ends, a line of JSON each")

// A line of the file: first the number of specs that will run, then one line for each spec. Several
// processes append to it, each line by one write.
type line struct {
	Total   int     `json:"total,omitempty"`
	Spec    string  `json:"spec,omitempty"`
	Outcome string  `json:"outcome,omitempty"` // passed, failed, skipped
	Seconds float64 `json:"seconds,omitempty"`
	Reason  string  `json:"reason,omitempty"` // of a failed or skipped spec
	Output  string  `json:"output,omitempty"` // of a failed spec
}

// writeOutcomes must be called when the flags are read: Kubernetes then lists all specs once, and
// ginkgo forgets the reporters that were registered before that.
func writeOutcomes() {
	ginkgo.ReportBeforeSuite(func(report ginkgo.Report) { add(line{Total: report.PreRunStats.SpecsThatWillRun}) })
	ginkgo.ReportAfterEach(func(report ginkgo.SpecReport) { addOutcome(report) })
	// A failure before the first or after the last spec belongs to none of them.
	ginkgo.ReportAfterSuite("outcome of the suite's own steps", func(report ginkgo.Report) {
		for _, step := range report.SpecReports {
			if step.LeafNodeType != types.NodeTypeIt && step.State.Is(types.SpecStateFailureStates) {
				add(line{Spec: step.LeafNodeType.String(), Outcome: "failed", Reason: reason(step.Failure), Output: end(step.CapturedGinkgoWriterOutput)})
			}
		}
	})
}

func addOutcome(report ginkgo.SpecReport) {
	added := line{Spec: report.FullText(), Seconds: report.RunTime.Seconds(), Reason: reason(report.Failure)}
	switch {
	case report.State == types.SpecStatePassed:
		added.Outcome = "passed"
	case report.State.Is(types.SpecStateFailureStates):
		added.Outcome = "failed"
		added.Output = end(report.CapturedGinkgoWriterOutput + report.CapturedStdOutErr)
	case report.State == types.SpecStateSkipped && report.Failure.Message != "":
		added.Outcome = "skipped"
	default:
		return // not chosen by the focus
	}
	add(added)
}

func reason(failure types.Failure) string {
	if failure.Message == "" {
		return ""
	}
	file := failure.Location.FileName
	return strings.TrimSpace(failure.Message) + "\n" + file[strings.LastIndex(file, "/")+1:] + ":" + strconv.Itoa(failure.Location.LineNumber)
}

func end(text string) string {
	if len(text) <= outputLimit {
		return text
	}
	return "..." + strings.ToValidUTF8(text[len(text)-outputLimit:], "")
}

func add(added line) {
	if *specsFile == "" {
		return
	}
	text, err := json.Marshal(added)
	if err != nil {
		panic(err)
	}
	file, err := os.OpenFile(*specsFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	if _, err := file.Write(append(text, '\n')); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}
