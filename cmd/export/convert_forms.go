package export

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/report/firefox"
	"heapprof/internal/report/folded"
	"heapprof/internal/report/heapsnapshot"
	"heapprof/internal/report/human"
	"heapprof/internal/report/jsonl"
	"heapprof/internal/report/massif"
	"heapprof/internal/report/names"
	"heapprof/internal/report/pprof"
	"heapprof/internal/report/speedscope"
	"heapprof/internal/report/sqlite"
	"heapprof/internal/report/view"
)

// convertForm is a format that convert writes.
type convertForm struct {
	name     string   // as --to has it
	what     string   // that opens it, in a few words
	suffixes []string // of the names of files that have it, in lower case; the first is the usual one
	prefix   string   // that names of files have instead; "": none
	binary   bool     // it would upset a terminal
	packs    bool     // the file may be compressed, which a suffix after its own says
	gzipped  bool     // the format is compressed by itself
	takes    []string // flags that say something to it, of those that not all do
	// open reads the profile, and returns the function that writes it. Its errors carry a status.
	open func(o *convertOptions) (func(io.Writer) error, error)
}

// convertForms returns the formats, in the order of the help.
func convertForms() []convertForm {
	inParts := []string{"at", "between", "thread", "plumbing"}
	drawn := append(slices.Clone(inParts), "metric", "by-thread", "no-types", "own", "all-frames", "mappings")
	return []convertForm{
		{name: "dhat", what: "DHAT, heapprof's own: dh_view.html", suffixes: []string{".json"}, packs: true, open: openDHAT},
		{name: "pprof", what: "go tool pprof, Grafana", suffixes: []string{".pb.gz", ".pprof"}, binary: true, gzipped: true, takes: append(slices.Clone(inParts), "type-frames"), open: openPProf},
		{name: foldedFormat, what: "flamegraph.pl, inferno", suffixes: []string{".folded"}, packs: true, takes: drawn, open: openFolded},
		{name: "speedscope", what: "speedscope.app", suffixes: []string{".speedscope.json"}, packs: true, takes: drawn, open: openSpeedscope},
		{name: "firefox", what: "profiler.firefox.com", suffixes: []string{".firefox.json"}, packs: true, takes: []string{"plumbing"}, open: openFirefox},
		{name: "massif", what: "ms_print, massif-visualizer", suffixes: []string{".massif"}, prefix: "massif.out", packs: true, open: openMassif},
		{name: "sqlite", what: "SQL: sqlite3, Python, DuckDB", suffixes: []string{".sqlite", ".sqlite3", ".db"}, binary: true, takes: []string{"plumbing"}, open: openSQLite},
		{name: "jsonl", what: "jq, scripts, agents", suffixes: []string{".jsonl"}, packs: true, takes: []string{"plumbing"}, open: openJSONLines},
		{name: "heapsnapshot", what: "Chrome, of run --retained", suffixes: []string{heapSnapshotSuffix}, takes: []string{"at", "plumbing"}, open: openHeapSnapshot},
	}
}

// heapSnapshotSuffix is how the names of V8's heap snapshots end: nothing else is loaded as one.
const heapSnapshotSuffix = ".heapsnapshot"

// packedSuffixes are how the names of compressed files end.
func packedSuffixes() []string { return []string{".gz", ".zst"} }

func convertFormNames() []string {
	var all []string
	for _, f := range convertForms() {
		all = append(all, f.name)
	}
	return all
}

// convertTable returns the lines of the help that tell the formats.
func convertTable() string {
	var b strings.Builder
	for _, f := range convertForms() {
		name := f.suffixes[0]
		if f.prefix != "" {
			name += ", " + f.prefix + ".N"
		}
		if f.packs {
			name += " *"
		}
		fmt.Fprintf(&b, "  %-25s %-13s %s\n", name, f.name, f.what)
	}
	return b.String()
}

// takenFlags returns the flags that say something to some of the formats alone.
func takenFlags() (all []string) {
	for _, f := range convertForms() {
		for _, flag := range f.takes {
			if !slices.Contains(all, flag) {
				all = append(all, flag)
			}
		}
	}
	return all
}

// formsThatTake names the formats to which a flag says something.
func formsThatTake(flag string) string {
	var all []string
	for _, f := range convertForms() {
		if slices.Contains(f.takes, flag) {
			all = append(all, f.name)
		}
	}
	return "as " + eitherOf(all)
}

// listed writes names in a row, and eitherOf as a choice.
func listed(all []string) string { return strings.Join(all, ", ") }

func eitherOf(all []string) string {
	if n := len(all); n > 1 {
		return listed(all[:n-1]) + " or " + all[n-1]
	}
	return listed(all)
}

// chooseConvertForm returns the format of the given name or, if that is "", the one that the output's name
// asks for.
func chooseConvertForm(name, output string) (convertForm, error) {
	forms := convertForms()
	switch {
	case output == "":
		return convertForm{}, errNoConverted
	case name != "":
		i, err := names.Find("format", name, convertFormNames())
		if err != nil {
			return convertForm{}, err
		}
		return forms[i], forms[i].checkPacking(output)
	case output == "-":
		return convertForm{}, errUnnamedForm
	}
	base := strings.ToLower(filepath.Base(output))
	best, longest, byPrefix := convertForm{}, "", false
	for _, f := range forms {
		if longest == "" && f.begins(base) {
			best, byPrefix = f, true // unless its name ends as another format's do
		}
		for _, ending := range f.endings() {
			if strings.HasSuffix(base, ending) && len(ending) > len(longest) {
				best, longest = f, ending
			}
		}
	}
	if longest == "" && !byPrefix {
		return convertForm{}, errConvertTo(output)
	}
	return best, nil
}

// begins reports whether the name of a file begins as those of the format may, and does not end as what other commands write.
func (f convertForm) begins(base string) bool {
	rest, ok := strings.CutPrefix(base, f.prefix)
	return ok && f.prefix != "" && (rest == "" || !unicode.IsLetter(rune(rest[0]))) && (CommandFor(base) == "" || strings.HasSuffix(base, ".txt"))
}

// endings returns how the names of files end that have the format, compressed or not.
func (f convertForm) endings() []string {
	all := slices.Clone(f.suffixes)
	for _, suffix := range f.suffixes {
		for _, packed := range packedSuffixes() {
			if f.packs {
				all = append(all, suffix+packed)
			}
		}
	}
	return all
}

// checkPacking returns the error for a name that promises a compression which the file would not have.
func (f convertForm) checkPacking(output string) error {
	for _, suffix := range packedSuffixes() {
		if strings.HasSuffix(output, suffix) && !f.packs && !(f.gzipped && suffix == ".gz") {
			return fmt.Errorf("%s is not written compressed: leave out the %s of %s", f.name, suffix, output)
		}
	}
	return nil
}

// checkFlags returns the error for a flag that says nothing to the format.
func (f convertForm) checkFlags(flags *pflag.FlagSet) error {
	for _, name := range takenFlags() {
		if !flags.Changed(name) || slices.Contains(f.takes, name) {
			continue
		}
		if name == "at" || name == "between" {
			return fmt.Errorf("--%s does not go with %s, which is of the whole run: a part of it is written %s", name, f.name, formsThatTake(name))
		}
		return fmt.Errorf("--%s says nothing to %s: it is for what is written %s", name, f.name, formsThatTake(name))
	}
	return nil
}

// openSource opens the part of the profile that the flags ask for.
func (o *convertOptions) openSource() (*view.Source, error) {
	p, err := opening.View(o.streams, o.file, o.part, o.mappings)
	if err == nil && o.graph.Threads {
		p, err = opening.ByThreads(p, opening.InputName(o.file))
	}
	if err != nil {
		return nil, err
	}
	return opening.NewSource(p, o.file, o.rules), nil
}

func openDHAT(o *convertOptions) (func(io.Writer) error, error) {
	p, err := opening.Profile(o.streams, o.file)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return format.Write(w, "", p) }, nil
}

func openPProf(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	file, err := pprof.New(s, pprof.Options{TypeFrames: o.typeFrames, Marks: true, Held: opening.PprofHoldings(s)})
	if err != nil {
		return nil, console.Failure(err)
	}
	return file.Write, nil
}

func openFolded(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	if !s.Profile.Sampling.IsExact() {
		o.streams.Say("%s", unmarkedEstimates(s.Profile))
	}
	return func(w io.Writer) error { return folded.Write(w, s, o.graph) }, nil
}

func openSpeedscope(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return speedscope.Write(w, s, o.graph) }, nil
}

func openFirefox(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	if err := errNotBytes(s, o.form); err != nil {
		return nil, console.Failure(err)
	}
	file, err := firefox.New(s)
	if err != nil {
		return nil, console.Failure(err)
	}
	return file.Write, nil
}

func openMassif(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	if err := errNotBytes(s, o.form); err != nil {
		return nil, console.Failure(err)
	}
	file, err := massif.New(s)
	switch {
	case errors.Is(err, massif.ErrNoLives):
		return nil, console.Failure(fmt.Errorf("%s does not tell what lived at any moment, which is all that a file of massif's has", s.Name))
	case err != nil:
		return nil, console.Failure(err)
	}
	return file.Write, nil
}

func openSQLite(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	file, err := sqlite.New(s)
	if err != nil {
		return nil, console.Failure(err)
	}
	return file.Write, nil
}

func openJSONLines(o *convertOptions) (func(io.Writer) error, error) {
	s, err := o.openSource()
	if err != nil {
		return nil, err
	}
	file, err := jsonl.New(s)
	if err != nil {
		return nil, console.Failure(err)
	}
	return file.Write, nil
}

// errNotBytes returns the error for a profile that counts something else than bytes, and a format that has nothing
// else; nil where it counts bytes.
func errNotBytes(s *view.Source, f convertForm) error {
	if unit := s.Profile.Units.Unit; unit != "" && unit != "byte" {
		return fmt.Errorf("%s counts %s, and what is written as %s are bytes: %s can say what it counts", s.Name, human.UnitsOf(s.Profile).Many, f.name, eitherOf([]string{"dhat", "pprof", "folded", "speedscope"}))
	}
	return nil
}

func openHeapSnapshot(o *convertOptions) (func(io.Writer) error, error) {
	s, err := opening.Snapshot(o.streams, o.file, o.part.At, o.rules)
	if err != nil {
		return nil, err
	}
	return heapsnapshot.New(s, heapsnapshot.Options{Owner: wording.OwnerLine}).Write, nil
}

var (
	errNoConverted = errors.New("no output was named: give it with -o, as -o prog.pb.gz, or -o - with --to for standard output")
	errUnnamedForm = errors.New("standard output has no name to tell the format: add --to")
)

// errConvertTo is the error for a name that tells no format. It names the command that writes such a file.
func errConvertTo(output string) error {
	if command := CommandFor(output); command != "" {
		return fmt.Errorf("convert does not write such a file as %s: use heapprof %s", output, command)
	}
	return fmt.Errorf("the name %s does not tell the format: end it as --help shows, or add --to", output)
}

func errBinaryForm(f convertForm) error {
	return fmt.Errorf("%s is binary and would upset the terminal: name a file with -o, or use a pipe", f.name)
}

// CommandFor returns the command that writes files with such a name; "" where none does.
func CommandFor(output string) string {
	for _, c := range []struct{ suffix, command string }{
		{".pb.gz", "pprof"}, {".pprof", "pprof"}, {".svg", "flame"}, {".folded", "flame"}, {".txt", "report"}, {".csv", "report --format csv"}, {".json", "report --format json"},
		{".html", "html"}, {heapSnapshotSuffix, "convert"},
	} {
		if strings.HasSuffix(output, c.suffix) {
			return c.command
		}
	}
	return ""
}
