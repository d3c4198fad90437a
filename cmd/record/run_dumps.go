package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
	"heapprof/internal/wholefile"
)

// runDumps is what profiles heapprof run was asked to write while the program runs, and what became of these.
type runDumps struct {
	at       []string    // parts of a limit, or sizes
	every    string      // a duration; "": none
	keep     int         // how many of these are kept; 0: all
	keepFlag *pflag.Flag // nil where there are no flags for it
	flush    string      // a duration; "": none

	numbers map[string]uint64   // of the last file, by the name to which numbers are added
	recent  map[string][]string // the files of every that are there, likewise
	flushed map[string]string   // the files that were flushed, by the names that their last profiles are to have
	besides map[string][]string // what was written beside a file, by its name
	files   []string            // all others that were written, without those that were removed
	removed int
	failed  string // why the last one was not written; "": it was
}

// errKeep is the error for a --keep of nothing.
var errKeep = errors.New("--keep is of the profiles that --every writes: name how often that is, as --every 5m")

// defaultKept is how many profiles of --every are kept.
const defaultKept = 10

// addTo adds the flags to the command.
func (d *runDumps) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&d.at, "dump-at", nil, "write a profile when memory comes to `WHEN`: 90% of its limit, or 1GiB of live blocks; may be repeated")
	console.CompleteFlag(c, "dump-at", []string{"90%", "75%", "1GiB"})
	flags.StringVar(&d.every, "every", "", "write a profile each `TIME`, such as 5m, while the program runs on")
	flags.IntVar(&d.keep, "keep", defaultKept, "keep the last `N` profiles of --every, 0 for all")
	d.keepFlag = flags.Lookup("keep")
	flags.StringVar(&d.flush, "flush", "", "write what there is each `TIME`, such as 30s, under the name that the profile has in the end")
}

// ask asks the recorder for the profiles, or returns an error where the flags are malformed.
func (d *runDumps) ask(o *RunOptions, a *tracker.Options) (err error) {
	for _, when := range d.at {
		t, ok := parseThreshold(when)
		if !ok {
			return fmt.Errorf("--dump-at %q is neither a part of the limit nor a size: write 90%% or 1GiB", when)
		}
		a.Dumps.At = append(a.Dumps.At, t)
	}
	switch {
	case d.keep < 0:
		return fmt.Errorf("--keep %d is negative: give a number of profiles, 0 for all", d.keep)
	case d.keepFlag != nil && d.keepFlag.Changed && d.every == "":
		return errKeep
	}
	if a.Dumps.Every, err = parseEach("every", d.every); err != nil {
		return err
	}
	if a.Dumps.Flush, err = parseEach("flush", d.flush); err != nil {
		return err
	}
	d.numbers, d.recent = make(map[string]uint64), make(map[string][]string)
	d.flushed, d.besides = make(map[string]string), make(map[string][]string)
	a.Dumps.Write = o.writeDump
	return nil
}

// parseThreshold reads an amount of memory at which a profile is wanted.
func parseThreshold(text string) (t tracker.Threshold, ok bool) {
	if number, isPart := strings.CutSuffix(text, "%"); isPart {
		percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		return tracker.Threshold{Part: percent / 100}, err == nil && percent > 0 && percent <= 100
	}
	bytes, ok := human.ParseSize(text)
	return tracker.Threshold{Bytes: bytes}, ok && bytes > 0
}

// parseEach reads how often profiles are wanted, for a flag; 0 where it was not given.
func parseEach(flag, text string) (time.Duration, error) {
	const least = 100 * time.Millisecond
	if text == "" {
		return 0, nil
	}
	each, err := time.ParseDuration(text)
	if err != nil || each < least {
		return 0, fmt.Errorf("--%s %q is no time of 100ms or more: write 30s, 5m or 1h30m", flag, text)
	}
	return each, nil
}

// writeDump writes a profile of what runs on, and returns the path of its file from the root; "" where it could not. The
// program runs on in any case, and so does what is recorded of it.
func (o *RunOptions) writeDump(d tracker.Dump) string {
	var file string
	var err error
	if at := o.dumpPlace(d); d.Why == profile.DumpFlush {
		file, err = o.dumps.writeFlush(at, d.Profile)
	} else {
		file, err = o.dumps.writeNumbered(at, d)
	}
	if err != nil {
		if why := err.Error(); why != o.dumps.failed { // a disk stays full
			o.dumps.failed = why
			o.Streams.Complain(fmt.Errorf("a profile could not be written, and the program runs on: %w", err))
		}
		return ""
	}
	o.dumps.failed = ""
	ComplainBeside(o.Streams, o.dumps.writeBeside(file, d))
	if whole, err := filepath.Abs(file); err == nil {
		return whole
	}
	return file
}

// dumpPlace returns where the profile of an image would go if all ended now.
func (o *RunOptions) dumpPlace(d tracker.Dump) place {
	if !d.Main || takesAll(o.Output) {
		return o.ChildPlace(o.ProgramOf(d.Image), d.Image)
	}
	p := newPlace(ExpandName(o.Output, o.Naming(o.ProgramOf(d.Image), d.PID)))
	p.replace = o.Named
	return p
}

// writeFlush writes a profile that is to be replaced. It returns the file.
func (d *runDumps) writeFlush(at place, p *profile.Profile) (file string, err error) {
	if file, ok := d.flushed[at.file]; ok {
		return file, format.WriteFile(file, wholefile.Options{Private: true}, p)
	}
	if file, err = at.write(p); err == nil {
		d.flushed[at.file] = file
	}
	return file, err
}

// writeNumbered writes a profile to the first file with a number that there is not, and returns that. Of those that
// are written every so often the oldest goes.
func (d *runDumps) writeNumbered(at place, dump tracker.Dump) (file string, err error) {
	about := dump.Profile.Recording.Dump
	if takesAll(at.file) {
		return at.write(dump.Profile)
	}
	for about.Number = d.numbers[at.name] + 1; ; about.Number++ {
		file = at.numbered(int(about.Number))
		if err = format.WriteFile(file, wholefile.Options{Private: true, New: true}, dump.Profile); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", err
	}
	d.numbers[at.name] = about.Number
	d.files = append(d.files, file)
	if dump.Why == profile.DumpEvery {
		d.recent[at.name] = append(d.recent[at.name], file)
		d.prune(at.name)
	}
	return file, nil
}

// writeBeside writes what there is of an image besides its heap, beside the file of that, which is written.
func (d *runDumps) writeBeside(file string, dump tracker.Dump) []beside {
	at := newPlace(file)
	at.replace = dump.Why == profile.DumpFlush
	all := SaveBeside(dump.Image, at)
	for _, b := range all {
		if b.saved != "" && !slices.Contains(d.besides[file], b.saved) {
			d.besides[file] = append(d.besides[file], b.saved)
		}
	}
	return all
}

// prune removes the oldest files of --every beyond those that are to be kept.
func (d *runDumps) prune(name string) {
	for d.keep > 0 && len(d.recent[name]) > d.keep {
		oldest := d.recent[name][0]
		d.recent[name] = d.recent[name][1:]
		d.remove(oldest)
		d.removed++
		d.files = slices.DeleteFunc(d.files, func(file string) bool { return file == oldest })
	}
}

// replaces returns the place of a last profile, with the right to replace what was flushed there.
func (d *runDumps) replaces(at place) place {
	if file, ok := d.flushed[at.file]; ok {
		at.file, at.replace = file, true
	}
	return at
}

// replaced notes where a last profile was written that had that place.
func (d *runDumps) replaced(at place, saved string) {
	for name, file := range d.flushed {
		if file != at.file {
			continue
		}
		switch saved {
		case "": // what was flushed is all that there is
		case file:
			d.removeBeside(file) // there will be another one
		default:
			d.remove(file)
		}
		delete(d.flushed, name)
	}
}

// end removes what was flushed of processes that have no profile in the end.
func (d *runDumps) end() {
	for _, file := range d.flushed {
		d.remove(file)
	}
}

// remove removes a file that was written, and what is beside it.
func (d *runDumps) remove(file string) {
	os.Remove(file)
	d.removeBeside(file)
}

// removeBeside removes what was written beside a file.
func (d *runDumps) removeBeside(file string) {
	for _, one := range d.besides[file] {
		os.Remove(one)
	}
	delete(d.besides, file)
}

// tell says which profiles were written while the program ran.
func (d *runDumps) tell(s *console.Streams) {
	if len(d.files) == 0 {
		return
	}
	const listed = 3
	words := strings.Join(d.files[:min(len(d.files), listed)], ", ")
	if n := len(d.files); n > listed {
		words = fmt.Sprintf("%s … %s", d.files[0], d.files[n-1])
	}
	removed := ""
	if d.removed > 0 {
		removed = fmt.Sprintf(", and %s of --every removed again: --keep %d", human.Counted(uint64(d.removed), "older one"), d.keep)
	}
	s.Say("%s %s written while it ran: %s%s", human.Counted(uint64(len(d.files)), "profile"), wording.WasOrWere(uint64(len(d.files))), words, removed)
}
