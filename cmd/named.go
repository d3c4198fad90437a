package cmd

import (
	"fmt"
	"os"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
	"heapprof/internal/symbolize"
)

// nameNow names the frames of a profile, read from the named input, that have no names in it, if the files are at hand now.
// Nothing is fetched from anywhere.
func nameNow(s *Streams, p *profile.Profile, name string) {
	shown := newProgress(s)
	defer shown.clear()
	result := symbolize.Name(p, symbolize.Options{Recorded: recordedAt(p, name), Progress: shown.naming})
	if result.IsEmpty() {
		return
	}
	p.Later = &profile.Later{Named: uint64(result.Named), Lined: uint64(result.Lined), Parted: uint64(result.Parted)}
	for _, m := range result.Modules {
		if !m.IsEmpty() {
			p.Later.Files = append(p.Later.Files, m.Of.Path)
			p.Later.ByPath = p.Later.ByPath || m.ByPath
		}
	}
}

// recordedAt returns when a profile was recorded, or at least a moment after that; zero where it is not known.
func recordedAt(p *profile.Profile, name string) time.Time {
	if p.Recording != nil && !p.Recording.Start.IsZero() {
		return p.Recording.Start
	}
	if info, err := os.Stat(name); err == nil && name != stdinName && info.Mode().IsRegular() {
		return info.ModTime()
	}
	return time.Time{}
}

// laterFact returns the line that says which names are not in the file that was read; nothing where all are.
func laterFact(p *profile.Profile) []text.Fact {
	l := p.Later
	if l == nil {
		return nil
	}
	where := "on this machine"
	if l.ByPath {
		where += ", by path, as the profile has no build-ids"
	}
	return []text.Fact{{Label: "names", Text: fmt.Sprintf("%s in %s were found now, %s: heapprof symbolize keeps them", laterWords(l), someOf(l.Files), where)}}
}

// laterWords returns what was found of so many frames.
func laterWords(l *profile.Later) string {
	switch {
	case l.Named+l.Lined == 0:
		return "the beginnings of the functions of " + human.Counted(l.Parted, "place")
	case l.Lined == 0:
		return "functions of " + human.Counted(l.Named, "place")
	case l.Named == 0:
		return "lines of " + human.Counted(l.Lined, "place")
	}
	return fmt.Sprintf("functions of %s, and lines of %s more,", human.Counted(l.Named, "place"), human.Count(l.Lined))
}
