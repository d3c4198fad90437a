package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// endTogether has the processes that cmd starts end with it, if it is stopped: some tools are
// scripts that wait for others.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
}

// confine keeps this process, and those that it starts from now on, on n of the processors that
// it may use.
func confine(n int) error {
	var all, some unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	if n > all.Count() {
		return fmt.Errorf("there are only %d", all.Count())
	}
	for cpu := 0; some.Count() < n; cpu++ {
		if all.IsSet(cpu) {
			some.Set(cpu)
		}
	}
	// A thread hands its processors on to those that it starts.
	threads, err := os.ReadDir(procfs.Process(os.Getpid()).Path("task"))
	if err != nil {
		return err
	}
	for _, t := range threads {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, &some); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return nil
}

// canMeasure returns the error for a machine on which nothing can be measured.
func canMeasure() error { return nil }

// measure runs cmd to its end. If recorder says that the command runs a program as its
// child, it also measures the process's own share. wait4 does not tell that: its times are
// the sum of the process and the children that it waited for, and its peak memory is the
// greater of theirs. So the process is looked at after its end and before it is reaped: as
// long as it is a zombie, /proc/PID/stat has the times of all its threads apart from those
// of its children.
func measure(cmd *exec.Cmd, recorder bool) (measurement, error) {
	var m measurement
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return m, err
	}
	pid := cmd.Process.Pid
	stop := make(chan struct{})
	childEnd := make(chan time.Time, 1)
	if recorder {
		go func() {
			defer close(childEnd)
			if at, ok := endOfChild(pid, stop); ok {
				childEnd <- at
			}
		}()
	} else {
		close(childEnd)
	}
	waitErr := awaitEnd(pid)
	end := time.Now()
	m.wall = end.Sub(start)
	close(stop)
	if at, ok := <-childEnd; ok {
		m.tail, m.tailKnown = end.Sub(at), true
	}
	var cpuErr error
	if recorder {
		m.own, cpuErr = ownTime(pid)
	}
	err := errors.Join(cmd.Wait(), waitErr, cpuErr)
	if cmd.ProcessState != nil {
		m.all = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return m, err
}

// awaitEnd waits until the process pid, a child of this one, has ended. It remains a
// zombie.
func awaitEnd(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// lookEvery is how often a process that is being measured is looked at, until the
// program that it runs is found.
const lookEvery = time.Millisecond

// endOfChild returns when the program ended that the process pid runs. It reports false if
// the end was not seen before stop was closed.
func endOfChild(pid int, stop <-chan struct{}) (time.Time, bool) {
	child := awaitChild(pid, stop)
	if child == 0 {
		return time.Time{}, false
	}
	fd, err := unix.PidfdOpen(child, 0)
	if err != nil {
		return time.Time{}, false
	}
	defer unix.Close(fd)
	for {
		// The descriptor of a process is readable once the process has ended.
		switch n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); {
		case n > 0:
			return time.Now(), true
		case err != nil && err != unix.EINTR:
			return time.Time{}, false
		}
	}
}

// awaitChild waits until the process pid runs a program as its child, and returns the
// child; 0 once stop is closed.
func awaitChild(pid int, stop <-chan struct{}) int {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if child := childOf(pid); child != 0 {
			return child
		}
		select {
		case <-tick.C:
		case <-stop:
			return 0
		}
	}
}

// childOf returns the child, of any thread of the process pid, that runs a program of its
// own; 0 if there is none yet. A child that has not called exec yet still has its parent's
// command line. And Go's runtime forks once only to see whether it can, at the start of a
// process's first child.
func childOf(pid int) int {
	ours, err := procfs.Process(pid).Arguments()
	if err != nil {
		return 0
	}
	for _, child := range procfs.Process(pid).Children() {
		arguments, err := child.Arguments()
		if err == nil && len(arguments) > 0 && !slices.Equal(arguments, ours) { // a zombie has none
			return int(child)
		}
	}
	return 0
}

// ownTime returns the user and system time that a process has used, without its children's.
func ownTime(pid int) (time.Duration, error) {
	stat, err := procfs.Process(pid).Stat()
	return stat.UserTime + stat.SystemTime, err
}

// peaks runs cmd and returns the peak resident memory, in bytes, of its process and, if
// recorder says that it runs a program as its child, of that; 0 where it cannot be known.
// The kernel keeps a high-water mark, which is read every millisecond, so that only growth
// in the last millisecond of a process is missed; for a process that was seen only a few
// times the result is 0. The maximum that wait4 reports will not do: for a recorder it is
// the greater of the two processes', and in a program it starts with that of the process
// that forked it.
func peaks(cmd *exec.Cmd, recorder bool) (own, child uint64, err error) {
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	pid := cmd.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- awaitEnd(pid) }()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	childPID, ownLooks, childLooks := 0, 0, 0
	for {
		// The mark falls once, when a forked child becomes another program: the
		// last one counts, not the greatest.
		if peak, ok := highWater(pid); ok {
			own = peak
			ownLooks++
		}
		if recorder && childPID == 0 {
			childPID = childOf(pid)
		}
		if childPID != 0 {
			if peak, ok := highWater(childPID); ok {
				child = peak
				childLooks++
			}
		}
		select {
		case <-tick.C:
		case waitErr := <-ended:
			if ownLooks < fewLooks {
				own = 0
			}
			if childLooks < fewLooks {
				child = 0
			}
			return own, child, errors.Join(cmd.Wait(), waitErr)
		}
	}
}

const fewLooks = 5

// highWater returns the greatest resident memory, in bytes, of the program that the process
// pid now runs. It reports false if the process has ended, so that its memory is gone.
func highWater(pid int) (uint64, bool) {
	status, _ := procfs.Process(pid).Status()
	return status.PeakResident, status.PeakResident > 0
}
