package finding

import (
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// Hidden finds that a quarter or more of a process's anonymous memory, and enough to be
// worth a word, is in no block: an allocator that was not wrapped has it, or the program
// mapped it itself, or its allocator keeps it free. Which of them is not known here.
//
// Nothing is found where there is another explanation. A block may need a header and
// rounding. The modules' writable data, the main stack, and for each thread a
// stack, the beginning of an arena and the tracker's own memory are anonymous, too, and
// so is the tracker's call tree.
// All of these are taken as large as they may be, and so are blocks that are estimated.
func Hidden(p *profile.Profile) (f Finding, ok bool) {
	if p.Recording == nil || p.Recording.AnonymousPeak == 0 {
		return Finding{}, false
	}
	const (
		perBlock    = 32      // header and rounding
		perThread   = 1 << 20 // ten times what one took that allocated now and then
		perNode     = 48      // of the tracker's call tree, while it is moved to larger memory
		mainStack   = 8 << 20 // the usual limit, where a profile does not tell
		worthSaying = 8 << 20
		share       = 0.25 // of the anonymous memory
	)
	stack := p.Recording.StackBytes
	if stack == 0 {
		stack = mainStack
	}
	totals := p.Totals()
	f = Finding{Code: HiddenHeap, Evidence: Evidence{Anonymous: p.Recording.AnonymousPeak, Explained: totals.PeakBytes, Units: human.UnitsOf(p)}}
	// In floating point, as a damaged file's numbers may be of any size.
	bytes, blocks := atMost(&totals, p.Sampling)
	explained := bytes + perBlock*blocks +
		float64(p.Recording.StaticBytes) + float64(stack) + perThread*float64(p.Recording.Threads) +
		perNode*float64(p.Recording.NodeEvents)
	hidden := float64(p.Recording.AnonymousPeak) - explained
	return f, hidden >= worthSaying && hidden >= share*float64(p.Recording.AnonymousPeak)
}

// atMost returns how many bytes and blocks there were at the peak, where they are estimates
// as many as there may have been.
func atMost(totals *profile.Point, sampling profile.Sampling) (bytes, blocks float64) {
	const least = 16 // bytes of a block that many are of
	unseen := float64(sampling.Unseen())
	bytes, blocks = float64(totals.PeakBytes)+unseen, float64(totals.PeakBlocks)+unseen/least
	if s := totals.Samples; s != nil {
		bytes += s.Peak.BytesMargin()
		blocks += s.Peak.BlocksMargin()
	}
	return bytes, blocks
}

// HiddenAfterRun is Hidden where the run is known, too, and so what to do: environment
// is the program's, with its arguments, among which env takes variables.
func HiddenAfterRun(p *profile.Profile, environment []string) (f Finding, ok bool) {
	if f, ok = Hidden(p); !ok {
		return f, false
	}
	runtime := runtimeOf(p.Recording.Program)
	switch {
	case runtime != nil && !slices.Contains(environment, runtime.Switch):
		f.Evidence.Runtime = runtime
		f.Remedy = AskRuntime
		if runtime.Switch != "" {
			f.Remedy = UseMalloc
		}
	case p.Recording.Mappings != nil:
		f.Remedy = ShowMappings
	case len(p.Recording.Notes) > 0:
		f.Remedy = SeeNotes
	default:
		f.Remedy = RecordMappings
	}
	return f, true
}

// Runtime is a language's runtime that keeps a heap past malloc.
type Runtime struct {
	Name   string // what its program's file name begins with
	Switch string // what in the environment sends it all to malloc; "" if nothing does
}

// runtimeOf returns the runtime that a program is, nil if it is none.
func runtimeOf(program string) *Runtime {
	runtimes := []Runtime{
		{"python", "PYTHONMALLOC=malloc"},
		{"php", "USE_ZEND_ALLOC=0"},
		{"node", ""},
		{"java", ""},
		{"ruby", ""},
	}
	name := filepath.Base(program)
	for _, r := range runtimes {
		// As python3.11, php8.2 and ruby3.1 are, and phpize-like names are not.
		if version, ok := strings.CutPrefix(name, r.Name); ok && strings.Trim(version, "0123456789.") == "" {
			return &r
		}
	}
	return nil
}
