package dhat

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"heapprof/internal/profile"
)

// withFacts returns a profile of two points that has every fact.
func withFacts() *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s", HasByUnits: true},
		Frames:  []profile.Frame{profile.Root, {Function: "a"}, {Function: "b"}},
		Points:  []profile.Point{{TotalBytes: 7, TotalBlocks: 2, EndBytes: 5, EndBlocks: 2, Stack: profile.StackOf(1)}, {TotalBytes: 1, TotalBlocks: 1, EndBytes: 1, EndBlocks: 1, Stack: profile.StackOf(2)}},
		Moments: []profile.Moment{{Time: 10}, {Time: 15, Mark: "loaded"}, {Time: 20}},
		Recording: &profile.Recording{
			HasFacts:  true,
			Lifetimes: []profile.LifetimeClass{{Max: 1, Blocks: 2}},
			ByThread:  []profile.Thread{{ID: 1, Name: "main", Threads: 11, TotalBytes: 2, TotalBlocks: 3, MaxBytes: 4, PeakBytes: 5, PeakBlocks: 6, EndBytes: 7, EndBlocks: 8, TemporaryBlocks: 9, FreedElsewhere: 10}, {Threads: 2}},
		},
	}
	p.Points[0].Edit().Facts = &profile.Facts{
		History:        []profile.State{{Moment: 0, TotalBytes: 5, TotalBlocks: 1, Bytes: 5, Blocks: 1}, {Moment: 2, TotalBytes: 7, TotalBlocks: 2, Bytes: 0, Blocks: 0}},
		Births:         []profile.Births{{Moment: 1, Bytes: 2, Blocks: 1}, {Moment: 3, Bytes: 3, Blocks: 1}},
		Growth:         &profile.Growth{Chains: 1, LongChains: 2, LongBlocks: 3, LongBytes: 4, Steps: 5, First: 6, Last: 7, LeastAdded: 8, MostAdded: 9, Moves: 10, CopiedBytes: 11, PeakOld: 12},
		FreedElsewhere: 1, FreedUnknown: 2, Emptied: 3,
		Partner:   &profile.Partner{Point: 1, Looked: 4, Together: 3},
		Sizes:     []profile.SizeClass{{Max: 8, Blocks: 2, Bytes: 7}},
		Lifetimes: []profile.LifetimeClass{{Max: 4, Blocks: 1}},
		Threads:   []profile.ThreadShare{{Thread: profile.NoThread, TotalBytes: 1}, {Thread: 0, TotalBytes: 4, TotalBlocks: 1, EndBytes: 4, EndBlocks: 1}, {Thread: 1, TotalBytes: 2, TotalBlocks: 1, EndBytes: 1, EndBlocks: 1}},
	}
	// As most points are: nothing has changed since the moment at which they are first seen.
	p.Points[1].Edit().Facts = &profile.Facts{History: []profile.State{{Moment: 1, TotalBytes: 1, TotalBlocks: 1, Bytes: 1, Blocks: 1}}, Births: []profile.Births{{Moment: 1, Bytes: 1, Blocks: 1}}}
	p.Points[1].Rest().Facts.Threads = []profile.ThreadShare{{Thread: 0, TotalBytes: 1}} // what the others have is not known
	return p
}

func TestFactsAreReadAsTheyWereWritten(t *testing.T) {
	p := withFacts()
	var file bytes.Buffer
	if err := checkAndWrite(&file, p); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Points, p.Points) || !reflect.DeepEqual(got.Moments, p.Moments) || !reflect.DeepEqual(got.Recording, p.Recording) {
		t.Errorf("got %+v, %+v, %+v", got.Points[0].Rest().Facts, got.Moments, got.Recording)
	}
}

func TestFactsThatReferToWhatThereIsNotAreRefused(t *testing.T) {
	for name, change := range map[string]func(*profile.Profile){
		"moment":                               func(p *profile.Profile) { p.Points[0].Rest().Facts.History[1].Moment = 3 },
		"order":                                func(p *profile.Profile) { p.Points[0].Rest().Facts.History[1].Moment = 0 },
		"birth":                                func(p *profile.Profile) { p.Points[0].Rest().Facts.Births[1].Moment = 4 },
		"partner":                              func(p *profile.Profile) { p.Points[0].Rest().Facts.Partner.Point = 2 },
		"history of more than there is":        func(p *profile.Profile) { p.Points[0].Rest().Facts.History[1].TotalBytes = 8 },
		"history that runs backwards":          func(p *profile.Profile) { p.Points[0].Rest().Facts.History[0].TotalBlocks = 3 },
		"more live than allocated":             func(p *profile.Profile) { p.Points[0].Rest().Facts.History[0].Bytes = 6 },
		"births of more than lives at the end": func(p *profile.Profile) { p.Points[0].Rest().Facts.Births[1].Bytes = 4 },
		"order of times":                       func(p *profile.Profile) { p.Moments[2].Time = 14 },
		"thread":                               func(p *profile.Profile) { p.Points[0].Rest().Facts.Threads[2].Thread = 2 },
		"order of threads":                     func(p *profile.Profile) { p.Points[0].Rest().Facts.Threads[1].Thread = 1 },
		"threads with more than the point":     func(p *profile.Profile) { p.Points[0].Rest().Facts.Threads[2].EndBytes = 2 },
	} {
		p := withFacts()
		change(p)
		if err := checkAndWrite(new(bytes.Buffer), p); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	var file bytes.Buffer
	if err := checkAndWrite(&file, withFacts()); err != nil {
		t.Fatal(err)
	}
	for row, damage := range map[string]string{
		"[0,1,2,3]":           "[9,1,2,3]",
		"[0,1,2,3]\n":         "[0,1,2]\n",
		"[0,0,5,1,5,1,2,2,1,": "[0,0,5,1,5,1,2,18446744073709551615,1,",
		"[0,1]\n":             "[0,3]\n",
		"[0,0,1,0,0,0,0,0,1,": "[0,0,1,0,0,0,0,0,0,",
		",1,0,0,4,1,2]\n":     ",1,0,0,4,1,3]\n",
		",1,0,0,4,1,2]":       ",1,0,0,6,1,2]",
	} {
		damaged := strings.Replace(file.String(), row, damage, 1)
		if damaged == file.String() {
			t.Fatalf("the file has no %s:\n%s", row, file.String())
		}
		if _, err := Read(strings.NewReader(damaged)); err == nil {
			t.Errorf("%s for %s is read", damage, row)
		}
	}
}
