// Package page makes of one profile, or of two that are compared, the data of the page that
// heapprof html writes: plain columns, as a browser takes them. What is large is pruned, and what was
// pruned is kept as a rest, so that all sums are the profile's. It imports the profile, frames, held, human,
// names and view, and words nothing: whoever asks for a page adds the words.
package page

// Page is the data of one page. Lists of things that belong together are columns of the same length, since a
// browser reads these fastest and they compress best. An index of -1 stands for nothing.
type Page struct {
	Maker string `json:"maker"` // "heapprof" and its version

	Sides   []Side   `json:"sides"`   // one; of a diff the earlier profile and then the later one
	Units   Units    `json:"units"`   // of all sides
	Metrics []Metric `json:"metrics"` // that all sides have and that add up, in the order in which they are to be shown
	Default string   `json:"default"` // name of the metric that is shown first

	Verdict  []string          `json:"verdict,omitempty"`  // of a diff: what became of what, the verdict first
	Findings []Finding         `json:"findings,omitempty"` // of the only side, or of the later one; the most important first
	Notes    []string          `json:"notes,omitempty"`    // what of the recording is not as a reader would take it to be
	Missing  map[string]string `json:"missing,omitempty"`  // by the name of a view or of a preset: why it has nothing to show

	Given Given `json:"given"` // what else the page was made with

	// Numbers is the name of the page's indices: in pages of one recording that have the same one, an index stands for the same
	// thing. It is "" in a page that stands alone. See Follow.
	Numbers string `json:"numbers,omitempty"`

	Files     []string  `json:"files"`   // paths of source files
	Modules   []string  `json:"modules"` // paths of executables and libraries
	Functions Functions `json:"functions"`
	Places    Places    `json:"places"`
	Types     Types     `json:"types"`

	Nodes    Nodes     `json:"nodes"`
	Records  Records   `json:"records"`
	Windows  *Windows  `json:"windows,omitempty"` // nil where nothing is known of moments, and of a diff
	Growth   *Growth   `json:"growth,omitempty"`
	Sizes    Sizes     `json:"sizes"`
	Resident *Resident `json:"resident,omitempty"` // nil where resident memory was not looked at, and of a diff
	Held     []Held    `json:"held,omitempty"`     // snapshots in the order of time; none of a diff
	Sources  []Source  `json:"sources,omitempty"`  // lines of source files, in the order of files and lines

	// Rounded says that sums are so large that a browser, whose numbers have 53 bits, rounds them.
	Rounded bool   `json:"rounded"`
	Pruned  Pruned `json:"pruned"`
}

// Side is one profile of a page.
type Side struct {
	File    string `json:"file"`    // as the user has named it
	Command string `json:"command"` // the program's command line
	Program string `json:"program"` // its base name
	Mode    string `json:"mode"`    // as in profile.Profile
	Status  string `json:"status"`  // worded: "exited with status 0"; "" where it is not known
	Started string `json:"started"` // RFC 3339; "" where it is not known
	Host    string `json:"host"`

	Estimated bool     `json:"estimated"` // all amounts of records are estimates
	MeanBytes uint64   `json:"meanBytes"` // of an estimate: from one sampled block to the next
	Totals    []uint64 `json:"totals"`    // of each of Metrics: of the whole profile
	// Exact has, of an estimate, the totals that were counted and not estimated, by metric; 0: not counted.
	Exact []uint64 `json:"exact,omitempty"`

	PeakTime uint64 `json:"peakTime"` // in time units
	EndTime  uint64 `json:"endTime"`
	HasPeak  bool   `json:"hasPeak"` // the moment of the peak is known

	Timeline Timeline `json:"timeline"`
}

// Given is what heapprof html was given that other commands must be given, too, to print the numbers of the page.
type Given struct {
	Mappings   bool     `json:"mappings,omitempty"`   // --mappings
	Plumbing   []string `json:"plumbing,omitempty"`   // each --plumbing
	Own        string   `json:"own,omitempty"`        // --own
	SourcePath []string `json:"sourcePath,omitempty"` // each --source-path
}

// Units says how amounts are written.
type Units struct {
	One    string `json:"one"`    // "byte": amounts are written as KiB and so on, or another unit
	Many   string `json:"many"`   // "bytes"
	Blocks string `json:"blocks"` // "blocks"
	Time   string `json:"time"`   // "µs": times are written as seconds and so on; "instrs", or another unit
	Mega   string `json:"mega"`   // a million of these; "" without a word for it
	// Verb is what happened to a block: "allocated", "copied".
	Verb  string `json:"verb"`
	Calls bool   `json:"calls,omitempty"` // calls are counted, which make no blocks: copies, events
}

// Metric is one number of a record.
type Metric struct {
	Name string `json:"name"` // as heapprof report --sort takes it: "peak-bytes"
	Unit string `json:"unit"` // "bytes", "blocks" or "time"
	// Title and Words are what it is called above a column and in a sentence, where that is not what metrics of
	// blocks are called: "Copied" and "copied in all".
	Title string `json:"title,omitempty"`
	Words string `json:"words,omitempty"`
}

// Timeline is the heap over time, evenly thinned. It is empty where nobody followed it.
type Timeline struct {
	Time   []uint64 `json:"time"`   // since the start, in time units
	Bytes  []uint64 `json:"bytes"`  // live
	Blocks []uint64 `json:"blocks"` // live
	RSS    []uint64 `json:"rss"`    // resident bytes; 0 where they are not known
}

// Functions are what nodes and places are of: a function in one file, or in a module where no file is known.
type Functions struct {
	Name    []string `json:"name"`    // as heapprof report has it
	Short   []string `json:"short"`   // without arguments and arguments of templates; "" where that is Name
	Apart   []string `json:"apart"`   // what tells it from others of its name; "" where it has no namesake
	File    []int32  `json:"file"`    // index into Files
	Module  []int32  `json:"module"`  // index into Modules
	Crate   []string `json:"crate"`   // crate of Rust, with its version; else "": the module stands for it
	Library []string `json:"library"` // what a run of frames is named by: "tokio", "std"; ""
	Flags   []uint16 `json:"flags"`   // FunctionOwn and the like
}

// The flags of functions.
const (
	FunctionOwn      = 1 << iota // the program's own code
	FunctionPlumbing             // allocates on its caller's behalf
	FunctionMarker               // stands for frames that are not there, as "[truncated]"
	FunctionNameless             // has no name: an address
	FunctionPassed               // only calls what it is given to call, as an executor does. What else is passed is so since it calls itself
)

// Places are allocation sites: a line of a function.
type Places struct {
	Function []int32  `json:"function"` // index into Functions
	Line     []uint32 `json:"line"`     // 0 where it is not known
	Where    []string `json:"where"`    // beside the function's name: "parse.c:10"
	Label    []string `json:"label"`    // what to call it where the function's name tells nothing: "perl+0x1113c2, Perl_hv_common", with what mostly calls it; else ""
}

// Types are what blocks are of.
type Types struct {
	Name []string `json:"name"` // "Vec<Event>"
	Full []string `json:"full"` // with all paths; "" where that is Name
}

// Nodes are the calls, each within its caller: node 0 is the root, in which all is, and parents come before their
// children. A node is a function in its caller, whatever the lines of its calls are.
type Nodes struct {
	Parent   []int32  `json:"parent"`   // index into Nodes; -1: of the root
	Function []int32  `json:"function"` // index into Functions; -1: of the root
	Line     []uint32 `json:"line"`     // the line that more than half of its bytes were allocated through, else one of several; 0 where it is not known, and in a diff
	Flags    []uint16 `json:"flags"`    // NodePassed and the like
}

// The flags of nodes.
const (
	// NodePassed: a reader would only pass it on the way: three or more of these in a row are one box unless
	// everything is asked for. See frames.Steps.
	NodePassed = 1 << iota
	// NodePlumbing: at the inner end of its stacks, and allocates on its caller's behalf: it is not drawn unless
	// everything is asked for, where the type of its blocks is.
	NodePlumbing
	// NodeMoreLines: it was called through several lines.
	NodeMoreLines
)

// Records are what was allocated through one stack each, of one type: at a place, within a node. In a node are
// its own records and those of the nodes below it.
type Records struct {
	Node  []int32 `json:"node"`  // index into Nodes
	Place []int32 `json:"place"` // index into Places; -1: of several, as there were too many
	Type  []int32 `json:"type"`  // index into Types; -1: not known; -2: of several, as there were too many
	// SiteType is the type of its row in a table by site: not told apart where that would tell nothing, as in an arena,
	// and in a diff as both sides have it. It is missing where it is Type.
	SiteType []int32  `json:"siteType,omitempty"`
	Rest     []uint16 `json:"rest"` // 1: of stacks that were pruned and go on below the node
	// Values has a column for each metric, of a diff all of the earlier side and then all of the later one.
	Values [][]uint64 `json:"values"`
	// Resized has a column for each side: how many of total-blocks are a block again that was resized. Temporary blocks are
	// a share of the others. A column is empty where none was.
	Resized [][]uint64 `json:"resized,omitempty"`
	// Brief is how many blocks lived for less than a tenth of the run. It is empty where that is not known, and of a diff.
	Brief []uint64 `json:"brief,omitempty"`
	// Variance has a column for each of Values, where they are estimates: what is estimated is off by at most twice
	// the square root of it, 19 times in 20. It adds up. A column is empty where it is not known.
	Variance [][]float64 `json:"variance,omitempty"`
}

// Windows are the states of records at moments: fewer records than Records, since each has many numbers.
type Windows struct {
	Time []uint64 `json:"time"` // of each moment, ascending
	Mark []string `json:"mark"` // its name; "" where it is a window's end

	// As the columns of Records of the same names.
	Node     []int32  `json:"node"`
	Place    []int32  `json:"place"`
	Type     []int32  `json:"type"`
	SiteType []int32  `json:"siteType,omitempty"`
	Rest     []uint16 `json:"rest"`

	// States has of each record five numbers for each moment at which its state differs from the moment before:
	// the moment's index, bytes and blocks that were allocated until then, bytes and blocks that lived then. Each
	// is written as its difference to that of the same record's state before, the first as its difference to 0.
	States [][]int64 `json:"states"`
	// Births has of each record three numbers for each moment: the index of the first moment after the birth of
	// blocks that live at the end (len(Time): after the last), their bytes and their blocks.
	Births [][]uint64 `json:"births"`
	// End has the state of each record at the end, as it is written in States without a moment: four numbers each, not as differences.
	End [][]uint64 `json:"end"`
}

// Growth is how blocks grew, of places by type (that of a table by site), those that copied most first. The last may stand for all
// that are too many: of place -1 and type -2.
type Growth struct {
	Place  []int32  `json:"place"`
	Type   []int32  `json:"type"`
	Steps  []uint64 `json:"steps"` // of the longest chain
	First  []uint64 `json:"first"` // its first and its last size in bytes
	Last   []uint64 `json:"last"`
	Chains []uint64 `json:"chains"`
	Copied []uint64 `json:"copied"` // bytes
}

// Sizes are how large blocks were and how long they lived, of each side. A class has its greatest value, and is
// above that of the class before.
type Sizes struct {
	Size     []SizeClasses `json:"size"`     // empty where it was not recorded
	Lifetime []SizeClasses `json:"lifetime"` // without bytes
}

// SizeClasses is one histogram.
type SizeClasses struct {
	Max    []uint64 `json:"max"`
	Blocks []uint64 `json:"blocks"`
	Bytes  []uint64 `json:"bytes,omitempty"`
}

// Resident is what was in RAM, at one or two moments.
type Resident struct {
	AnonymousPeak uint64            `json:"anonymousPeak"`
	FilePeak      uint64            `json:"filePeak"`
	Readings      []ResidentReading `json:"readings"`
}

// ResidentReading is one of them.
type ResidentReading struct {
	Time       uint64         `json:"time"`
	Words      string         `json:"words"` // which moment it is
	LiveBytes  uint64         `json:"liveBytes"`
	LiveBlocks uint64         `json:"liveBlocks"`
	Parts      []ResidentPart `json:"parts"`
	Sites      ResidentSites  `json:"sites"`
}

// ResidentPart is one part of what was in RAM. All parts add up.
type ResidentPart struct {
	Kind     string `json:"kind"`  // as profile.ResidentKind
	Words    string `json:"words"` // what it is, in words
	Bytes    uint64 `json:"bytes"`
	Computed bool   `json:"computed"` // by the allocator's rules; else it was measured
	Free     bool   `json:"free"`     // memory of the allocator's that is in no block
}

// ResidentSites are sites that keep memory in RAM, those that pin most first. The last may stand for all that are too many, of place -1.
type ResidentSites struct {
	Place    []int32  `json:"place"`
	Type     []int32  `json:"type"`
	Pinned   []uint64 `json:"pinned"`   // free bytes in pages that blocks of the site keep
	Pages    []uint64 `json:"pages"`    // how many pages those are
	Rounding []uint64 `json:"rounding"` // bytes that the allocator gives more than was asked for (computed)
	Bytes    []uint64 `json:"bytes"`    // live
	Blocks   []uint64 `json:"blocks"`
}

// Held is one snapshot: who held the blocks at a moment.
type Held struct {
	Words string `json:"words"` // which moment it is, and how much of the peak lived then
	At    string `json:"at"`    // what heapprof report --retained --at takes
	Time  uint64 `json:"time"`

	Live      [2]uint64 `json:"live"`      // bytes and blocks
	Shared    [2]uint64 `json:"shared"`    // held by several owners
	Unreached [2]uint64 `json:"unreached"` // lost
	LeaksOnly bool      `json:"leaksOnly"` // owners were not told apart
	Owners    []Owner   `json:"owners"`    // those that retain most first
	SharedTop []Thing   `json:"sharedTop"`
	Lost      []Lost    `json:"lost"`     // what is lost, by site; that with most first
	Deep      []Deep    `json:"deep"`     // of types and then of stacks, of either those that retain most first
	MoreDeep  int       `json:"moreDeep"` // how many of these were too many
}

// Owner is something outside all blocks that holds some.
type Owner struct {
	Name     string    `json:"name"`  // "g_cache"
	Words    string    `json:"words"` // beside it: "global in shop", "in main"
	Kind     string    `json:"kind"`  // as profile.OwnerKind; "": the rest of very many owners, of which what it reaches and shares is not known
	Type     string    `json:"type"`
	File     string    `json:"file"`
	Line     uint64    `json:"line"`
	Retained [2]uint64 `json:"retained"` // bytes and blocks that would be freed with it
	Reaches  [2]uint64 `json:"reaches"`
	Shares   [2]uint64 `json:"shares"`
	Top      []Thing   `json:"top"`
}

// Thing is blocks of one place and type in the tree of what an owner retains.
type Thing struct {
	Depth    int       `json:"depth"` // how many of the list stand above it in the tree
	Place    int32     `json:"place"`
	Type     string    `json:"type"` // "" where it is not known
	Self     [2]uint64 `json:"self"` // bytes and blocks
	Retained [2]uint64 `json:"retained"`
}

// Lost is what is lost of one site: Self and Retained are all of it.
type Lost struct {
	Thing
	Direct [2]uint64 `json:"direct"` // not even a lost block points to these
	Cyclic [2]uint64 `json:"cyclic"` // these are lost as they point to each other; the others hang on lost ones
}

// Deep is how large the blocks of a type, or of a stack, are with all that they hold. These do not add up: several may hold the same.
type Deep struct {
	Place    int32     `json:"place"` // the stack's site; -1: of Type
	Node     int32     `json:"node"`  // the nearest node that was kept of the stack; -1: of Type
	Type     string    `json:"type"`
	Live     [2]uint64 `json:"live"`
	Retained [2]uint64 `json:"retained"` // what would be freed with all of them
	Deep     [2]uint64 `json:"deep"`     // what they lead to
	Each     [3]uint64 `json:"each"`     // bytes that one of them retains: smallest, median, largest
}

// Finding is one thing that was found, in words.
type Finding struct {
	Number   int      `json:"number"` // as heapprof explain has it
	Code     string   `json:"code"`
	Headline string   `json:"headline"`
	Title    string   `json:"title"`  // of Headline: what was found
	Amount   string   `json:"amount"` // how much, "12.3 MiB"
	Share    string   `json:"share"`  // "12.1% of the peak"; "" without one
	Evidence []string `json:"evidence"`
	Try      []string `json:"try"`
	FineIf   string   `json:"fineIf"` // when nothing is to be done
	Metric   string   `json:"metric"` // that shows it best; "": Page.Default
	Place    int32    `json:"place"`  // index into Places; -1: of the whole profile
	Type     int32    `json:"type"`   // index into Types
	Node     int32    `json:"node"`   // nearest node that was kept of the stack with most of it; -1: none
	Stack    []Frame  `json:"stack"`  // from the site outward
}

// Frame is one frame of a finding's stack.
type Frame struct {
	Name  string `json:"name"`
	Where string `json:"where"`
	File  int32  `json:"file"` // index into Files
	Line  uint32 `json:"line"`
}

// Source is lines of a source file.
type Source struct {
	File  int32    `json:"file"` // index into Files
	First uint32   `json:"first"`
	Lines []string `json:"lines"`
}

// Pruned says what was left out for the page to stay small.
type Pruned struct {
	AllNodes   int `json:"allNodes"`   // that the whole tree has
	AllRecords int `json:"allRecords"` // stacks, of both profiles
	AllPlaces  int `json:"allPlaces"`
}
