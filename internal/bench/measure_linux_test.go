package main

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// The tests' own binary plays the processes that are measured.
func TestMain(m *testing.M) {
	switch os.Getenv("BENCH_TEST_PLAYS") {
	case "recorder":
		// It works, runs a program that works more, and has something left to
		// do after its end.
		burn(60 * time.Millisecond)
		cmd := exec.Command(os.Args[0], "program")
		cmd.Env = []string{"BENCH_TEST_PLAYS=program"}
		if err := cmd.Run(); err != nil {
			os.Exit(1)
		}
		time.Sleep(500 * time.Millisecond)
		os.Exit(0)
	case "program":
		touched := make([]byte, 64<<20)
		for i := range touched {
			touched[i] = 1
		}
		burn(300 * time.Millisecond)
		os.Exit(0)
	case "failure":
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// burn takes processor time, not just time.
func burn(d time.Duration) {
	for {
		own, err := ownTime(os.Getpid())
		if err != nil || own >= d {
			return
		}
	}
}

func plays(role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"BENCH_TEST_PLAYS=" + role}
	return cmd
}

func TestARecordersTimeIsToldFromItsPrograms(t *testing.T) {
	m, err := measure(plays("recorder"), true)
	if err != nil {
		t.Fatal(err)
	}
	if m.own < 60*time.Millisecond || m.own >= 300*time.Millisecond {
		t.Errorf("the recorder's own time is %v, want 60 ms and little more, without its program's 300 ms", m.own)
	}
	if m.all < 350*time.Millisecond {
		t.Errorf("the time of both is %v, want 360 ms at least", m.all)
	}
	// On a busy machine the end may be noticed late, never early.
	if !m.tailKnown || m.tail < 50*time.Millisecond || m.tail > m.wall-350*time.Millisecond {
		t.Errorf("from the program's end to the recorder's are %v of %v (known: %v), want some 500 ms", m.tail, m.wall, m.tailKnown)
	}
}

func TestPeaksAreToldApart(t *testing.T) {
	own, child, err := peaks(plays("recorder"), true)
	if err != nil {
		t.Fatal(err)
	}
	if child < 64<<20 || own == 0 || own >= 64<<20 {
		t.Errorf("the recorder's peak is %d bytes and the program's %d, want 64 MiB in the latter only", own, child)
	}
}

func TestACommandThatFailsIsAnError(t *testing.T) {
	if _, err := measure(plays("failure"), false); err == nil {
		t.Error("measured")
	}
	if _, _, err := peaks(plays("failure"), false); err == nil {
		t.Error("measured")
	}
	if _, err := measure(exec.Command("/nonexistent"), true); err == nil {
		t.Error("measured what does not exist")
	}
}
