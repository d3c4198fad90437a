package opening

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
)

// exitName is how a command line names the snapshot of when exit was called.
const exitName = "exit"

// Snapshot opens a profile and returns the snapshot in it that at names, as ChosenSnapshot tells.
func Snapshot(s *console.Streams, file, at string, rules frames.Rules) (*held.Of, error) {
	p, err := Profile(s, file)
	if err != nil {
		return nil, err
	}
	return SnapshotOf(p, file, at, rules)
}

// SnapshotOf returns the snapshot of a profile, which was read from the named file. Its error carries console.ExitFailure.
func SnapshotOf(p *profile.Profile, file, at string, rules frames.Rules) (*held.Of, error) {
	index, err := ChosenSnapshot(p, InputName(file), at)
	if err != nil {
		return nil, console.Failure(err)
	}
	return held.New(NewSource(p, file, rules), index), nil
}

// ChosenSnapshot returns the index of the snapshot of a profile that at names: a mark, peak, exit or a time,
// of which the nearest is taken; of "" that of the peak or, if there is none or another one has much more, the one with the most bytes.
func ChosenSnapshot(p *profile.Profile, name, at string) (int, error) {
	all := Snapshots(p)
	if len(all) == 0 {
		return 0, ErrNoSnapshot(p, name)
	}
	if at == "" {
		return p.PeakSnapshotIndex(), nil
	}
	var found []int
	for i := range all {
		if wording.SnapshotName(&all[i]) == at || at == EndName && all[i].Kind == profile.ExitSnapshot {
			found = append(found, i)
		}
	}
	switch time, ok := parseMoment(at, p); {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return 0, errAmbiguousSnapshot(p, name, at, found)
	case !ok:
		return 0, errNoSuchSnapshot(p, name, at)
	default:
		return nearestSnapshot(all, time), nil
	}
}

func nearestSnapshot(all []profile.Snapshot, time uint64) int {
	nearest := 0
	distance := func(i int) uint64 { return max(all[i].Time, time) - min(all[i].Time, time) }
	for i := range all {
		if cmp.Less(distance(i), distance(nearest)) {
			nearest = i
		}
	}
	return nearest
}

// snapshotNames returns the names of a profile's snapshots, each once.
func snapshotNames(p *profile.Profile) (all []string) {
	list := Snapshots(p)
	for i := range list {
		if name := wording.SnapshotName(&list[i]); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// CompleteSnapshots completes the name of a snapshot, where the profile stands before the flag.
func CompleteSnapshots(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	all := []string{peakName, exitName}
	if len(args) > 0 && args[len(args)-1] != console.StdinName {
		if p, err := Read(&console.Streams{}, args[len(args)-1]); err == nil {
			all = snapshotNames(p)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// ErrNoSnapshot is the error for a profile without a snapshot. Where one was asked for, the profile has a note why it is not there.
func ErrNoSnapshot(p *profile.Profile, name string) error {
	if p.Merged != nil {
		return fmt.Errorf("%s does not tell who holds what: %s", name, wording.OfOneProcess)
	}
	if p.Recording != nil {
		for _, n := range p.Recording.Notes {
			switch n.Code {
			case profile.PeakNotCopied, profile.ExitNotCopied, profile.MarksNotCopied:
				return fmt.Errorf("%s does not tell who holds what: %s", name, wording.NoteWords(n))
			}
		}
	}
	return fmt.Errorf("%s does not tell who holds what: %s", name, wording.RecordsIt(p, "run --retained"))
}

func errNoSuchSnapshot(p *profile.Profile, name, at string) error {
	return fmt.Errorf("%s has no snapshot %q, but %s; 3.2s or 40%% take the nearest one", name, at, wording.SomeNames(snapshotNames(p)))
}

func errAmbiguousSnapshot(p *profile.Profile, name, at string, found []int) error {
	u := human.UnitsOf(p)
	var times []string
	for _, i := range found {
		times = append(times, u.Time(float64(Snapshots(p)[i].Time)))
	}
	return fmt.Errorf("%s has %d snapshots %q: name one by its time, %s", name, len(found), at, wording.SomeNames(times))
}
