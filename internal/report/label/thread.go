package label

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// Thread names the thread of a row in the program of that process, or the threads.
func Thread(r *profile.Thread, pid int64) string {
	name := names.Printable(r.Name)
	switch {
	case r.Threads == 0:
		return "(blocks of 4 GiB and more, of any thread)"
	case r.Threads > 1 && name == "":
		return fmt.Sprintf("(%s)", human.Counted(r.Threads, "thread"))
	case r.Threads > 1:
		return fmt.Sprintf("%s (%s)", name, human.Counted(r.Threads, "thread"))
	case name == "" && int64(r.ID) == pid:
		return "(the first thread)"
	case name == "":
		return "(ended before its name was read)"
	}
	return name
}

// AnyThread names the threads of blocks that nobody knows the threads of.
const AnyThread = "(threads that were not told apart)"

// ThreadFrame is what to call a thread of that name where it stands among functions.
func ThreadFrame(name string) string {
	if strings.HasPrefix(name, "(") {
		return "[" + strings.Trim(name, "()") + "]"
	}
	return "[thread " + name + "]"
}

// ThreadsOf names the threads of a profile: those of ByThread at their indices.
func ThreadsOf(p *profile.Profile) []string {
	if p.Recording == nil {
		return nil
	}
	all := make([]string, len(p.Recording.ByThread))
	for i := range all {
		all[i] = Thread(&p.Recording.ByThread[i], p.PID)
	}
	return all
}
