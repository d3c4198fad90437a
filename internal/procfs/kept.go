package procfs

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// Kept is words that a process has given the kernel to hand back to it, which the process may have nowhere else.
type Kept struct {
	Epoll  []uint64 // with the descriptors that its epoll instances watch (epoll_event.data)
	Timers []uint64 // with its timers (sigev_value of timer_create)
}

// Kept returns the words that the kernel tells. Of those that are given with requests of io_uring and aio, or are in signals
// that are pending, it tells none.
func (p Process) Kept() (k Kept) {
	if timers, err := os.ReadFile(p.Path("timers")); err == nil {
		k.Timers = parseTimers(timers)
	}
	descriptors, err := os.Open(p.Path("fd"))
	if err != nil {
		return k
	}
	defer descriptors.Close()
	names, _ := descriptors.Readdirnames(-1)
	for _, name := range names {
		if file, _ := os.Readlink(filepath.Join(p.Path("fd"), name)); file != "anon_inode:[eventpoll]" {
			continue
		}
		if info, err := os.ReadFile(p.Path(filepath.Join("fdinfo", name))); err == nil {
			k.Epoll = append(k.Epoll, parseEpoll(info)...)
		}
	}
	return k
}

// parseEpoll reads what fdinfo has of an epoll instance: lines such as "tfd:  5 events: 19 data: 55d0c0ffee10  pos:0 ino:1".
func parseEpoll(text []byte) (all []uint64) {
	for line := range bytes.Lines(text) {
		if watched, ok := bytes.CutPrefix(line, []byte("tfd:")); ok {
			_, data, _ := bytes.Cut(watched, []byte("data:"))
			all = appendWord(all, data)
		}
	}
	return all
}

// parseTimers reads a process's timers, of which each has a line such as "signal: 14/00007ffd00c0ffee".
func parseTimers(text []byte) (all []uint64) {
	for line := range bytes.Lines(text) {
		if signal, ok := bytes.CutPrefix(line, []byte("signal:")); ok {
			_, value, _ := bytes.Cut(signal, []byte("/"))
			all = appendWord(all, value)
		}
	}
	return all
}

// appendWord appends the hexadecimal number that a text begins with, if it does.
func appendWord(all []uint64, text []byte) []uint64 {
	if fields := bytes.Fields(text); len(fields) > 0 {
		if n, err := strconv.ParseUint(string(fields[0]), 16, 64); err == nil {
			return append(all, n)
		}
	}
	return all
}
