package record

import (
	"slices"
	"strconv"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/tracker"
)

// The real-time signals: the C library keeps two for itself (signal(7)).
const (
	firstRealTime = 34
	lastRealTime  = 64
)

// unmarkable are the signals that cannot ask for a mark, and why.
var unmarkable = []struct {
	names []string
	why   string
}{
	{[]string{"KILL", "STOP"}, "cannot be caught by any program"},
	{[]string{"SEGV", "BUS", "FPE", "ILL", "TRAP", "SYS", "ABRT", "IOT", "STKFLT"}, "tells of a fault in the program"},
	{[]string{"INT", "QUIT", "TERM"}, "is how the program is ended"},
	{[]string{"TSTP", "TTIN", "TTOU", "CONT"}, "is how a shell stops and continues the program"},
	{[]string{"CHLD", "CLD", "PIPE", "URG", "PROF", "VTALRM"}, "is sent to programs, and to heapprof, for other reasons"},
}

// parseMarkSignal reads a signal by its name, such as USR1, SIGUSR1 or RTMIN+1, or its number. why
// says why it cannot ask for a mark; "": it can.
func parseMarkSignal(text string) (s tracker.Signal, why string) {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if n, err := strconv.Atoi(text); err == nil {
		s.Number = n
	} else if n, ok := realTimeSignal(name); ok {
		s.Number = n
	} else {
		s.Number = console.SignalNumber("SIG" + name)
	}
	switch known := strings.TrimPrefix(wording.SignalName(s.Number), "SIG"); {
	case s.Number >= firstRealTime && s.Number <= lastRealTime:
		s.Name = "RTMIN"
		if n := s.Number - firstRealTime; n > 0 {
			s.Name += "+" + strconv.Itoa(n)
		}
	case s.Number > 0 && s.Number < firstRealTime && known != "":
		s.Name = known
	case s.Number == firstRealTime-1, s.Number == firstRealTime-2:
		return s, "is the C library's own"
	default:
		return s, "is no signal"
	}
	for _, u := range unmarkable {
		if slices.Contains(u.names, s.Name) {
			return s, u.why
		}
	}
	return s, ""
}

// realTimeSignal returns the number of a real-time signal such as RTMIN+1 or RTMAX-2.
func realTimeSignal(name string) (n int, ok bool) {
	for base, first := range map[string]int{"RTMIN": firstRealTime, "RTMAX": lastRealTime} {
		by, ok := strings.CutPrefix(name, base)
		if !ok {
			continue
		}
		if by == "" {
			return first, true
		}
		add, err := strconv.Atoi(by) // with its sign
		n := first + add
		return n, err == nil && strings.ContainsAny(by[:1], "+-") && n >= firstRealTime && n <= lastRealTime
	}
	return 0, false
}
