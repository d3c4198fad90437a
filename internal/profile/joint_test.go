package profile_test

import (
	"fmt"
	"testing"
	"time"

	. "heapprof/internal/profile"
)

// ofProcess returns the profile of a process on the machine "h" that began so many microseconds after another, lasted so long, had a peak and
// the readings.
func ofProcess(begin, lasted, peak uint64, readings ...Reading) *Profile {
	return &Profile{
		Mode: "heap", Verb: "Allocated", Columns: Lives, Units: Units{Unit: "byte", Units: "bytes", Time: "µs"}, EndTime: lasted, Timeline: readings,
		Points: []Point{{TotalBytes: peak, TotalBlocks: 1, PeakBytes: peak, PeakBlocks: 1, Stack: StackOf(1)}}, Frames: []Frame{Root, {Function: "f", Addr: 1}},
		Recording: &Recording{Host: "h", Start: time.Date(2026, 11, 30, 0, 0, 0, 123, time.UTC).Add(time.Duration(begin) * time.Microsecond)},
	}
}

// jointOf returns what is known of profiles at one time when they have been merged.
func jointOf(t *testing.T, profiles ...*Profile) *Joint {
	t.Helper()
	m, err := Merge(profiles...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Recording.Joint
}

func TestTheCourseOfProcessesOneAfterAnotherIsTheirs(t *testing.T) {
	first := ofProcess(0, 1000, 50, Reading{Time: 10, Bytes: 50, Blocks: 1, RSS: 4096}, Reading{Time: 1000, Bytes: 5, Blocks: 1})
	next := ofProcess(1000, 500, 70, Reading{Time: 100, Bytes: 70, Blocks: 1}) // which the first has become by exec
	later := ofProcess(5000, 500, 20, Reading{Time: 0, Bytes: 20, Blocks: 1})
	want := "[{10 50 1 4096} {1000 5 1 0} {1100 70 1 0} {1501 0 0 0} {5000 20 1 0}]"
	for _, order := range [][]*Profile{{first, next, later}, {later, next, first}} {
		j := jointOf(t, order...)
		if j == nil || fmt.Sprint(j.Course) != want {
			t.Fatalf("the course is %+v, want %s", j, want)
		}
		if least, most := j.Most(); least != 70 || most != 70 || j.Span() != 5500 || len(j.Lives) != 3 {
			t.Errorf("at one time %d to %d of %d processes in %d µs", least, most, len(j.Lives), j.Span())
		}
	}
	// What has been merged already is put together likewise.
	merged, err := Merge(later, first)
	if err != nil {
		t.Fatal(err)
	}
	if j := jointOf(t, merged, next); j == nil || fmt.Sprint(j.Course) != want {
		t.Errorf("the course is %+v, want %s", j, want)
	}
}

func TestProcessesThatRunAtTheSameTimeHaveAtMostTheSumOfTheirPeaks(t *testing.T) {
	reading := Reading{Time: 10, Bytes: 50, Blocks: 1}
	j := jointOf(t, ofProcess(0, 1000, 50, reading), ofProcess(900, 500, 70, reading), ofProcess(5000, 500, 60, reading))
	if least, most := j.Most(); least != 70 || most != 120 || j.Course != nil {
		t.Errorf("at one time %d to %d, and a course of %v", least, most, j.Course)
	}
}

func TestOfProcessesWhoseTimesAreNotKnownNothingIsSaid(t *testing.T) {
	reading := Reading{Time: 10, Bytes: 50, Blocks: 1}
	for name, change := range map[string]func(*Profile){
		"no start":         func(p *Profile) { p.Recording.Start = time.Time{} },
		"another machine":  func(p *Profile) { p.Recording.Host = "other" },
		"no machine":       func(p *Profile) { p.Recording.Host = "" },
		"instructions":     func(p *Profile) { p.Units.Time = "instrs" },
		"it runs on":       func(p *Profile) { p.Recording.Dump = &Dump{} },
		"it ran already":   func(p *Profile) { p.Recording.Attached = &Attached{} },
		"no peak":          func(p *Profile) { p.Columns &^= Peak },
		"merged, no times": func(p *Profile) { p.Merged = []Part{{"a", 2}} },
	} {
		other := ofProcess(5000, 500, 20, reading)
		change(other)
		for _, order := range [][]*Profile{{ofProcess(0, 1000, 50, reading), other, ofProcess(9000, 5, 5)}, {other, ofProcess(0, 1000, 50, reading)}} {
			if name == "instructions" {
				for _, p := range order {
					p.Units.Time = "instrs" // all alike: others are not merged
				}
			}
			if j := jointOf(t, order...); j != nil {
				t.Errorf("%s: %+v", name, j)
			}
		}
	}
	// Without a timeline there is no course, and the peaks are bounds all the same.
	j := jointOf(t, ofProcess(0, 1000, 50, reading), ofProcess(2000, 1000, 60))
	if _, most := j.Most(); most != 60 || j.Course != nil {
		t.Errorf("%+v", j)
	}
}

func TestTheCourseOfManyProcessesHasFewReadingsAndThePeak(t *testing.T) {
	var m Merger
	for i := range uint64(300) {
		var readings []Reading
		for k := range uint64(400) {
			readings = append(readings, Reading{Time: k, Bytes: 1 + (i*k)%1000})
		}
		if i == 150 {
			readings[77].Bytes = 5000
		}
		if err := m.Add(ofProcess(i*1000, 400, 5000, readings...)); err != nil {
			t.Fatal(err)
		}
	}
	j := m.Profile().Recording.Joint
	var most, before uint64
	for _, r := range j.Course {
		if r.Time < before {
			t.Fatal("the course is in no order")
		}
		before, most = r.Time, max(most, r.Bytes)
	}
	if len(j.Course) > MaxCourse || len(j.Course) < MaxCourse/3 || most != 5000 || len(j.Lives) != 300 {
		t.Errorf("%d readings, at most %d bytes", len(j.Course), most)
	}
}
