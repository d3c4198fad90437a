package dhat

import (
	"fmt"
	"strconv"
	"time"
)

// privateKey is the one top-level key that is heapprof's own.
const privateKey = "heapprof"

// privateVersion is the version of heapprof's own key that this package writes: see the
// package comment.
const privateVersion = 1

// privateKeys is the value of heapprof's own key, an object with these keys.
type privateKeys struct {
	Version  int        `json:"version"`
	Tool     *string    `json:"tool"` // that recorded, where it was not heapprof: the profile has no Recording then
	RunsOn   bool       `json:"runsOn"`
	Program  string     `json:"program"`
	Host     string     `json:"host"`
	Start    *time.Time `json:"start"`
	ExitCode int        `json:"exitCode"`
	Signal   int        `json:"signal"`
	CPUTime  uint64     `json:"cpuTime"`

	SampledBytes uint64   `json:"sampledBytes"`
	ExactBytes   uint64   `json:"exactBytes"`
	ExactBlocks  uint64   `json:"exactBlocks"`
	Measured     []string `json:"measured"`   // keys of the columns of profile.Lives that the points have, where these are not all
	Unmeasured   []string `json:"unmeasured"` // keys of other columns whose numbers the points lack

	Extra [][2]string `json:"extra"`

	AnonymousPeak uint64 `json:"anonymousPeak"`
	StaticBytes   uint64 `json:"staticBytes"`
	StackBytes    uint64 `json:"stackBytes"`
	Threads       uint64 `json:"threads"`
	Depth         uint64 `json:"depth"`
	Deepest       uint64 `json:"deepest"`
	Nodes         uint64 `json:"nodes"`
	NodeEvents    uint64 `json:"nodeEvents"`
	MaxNodes      uint64 `json:"maxNodes"`

	Counts       countsJSON   `json:"counts"`
	Unseen       []string     `json:"unseen"` // notes in words, as they were once written
	Notes        []noteJSON   `json:"notes"`
	MergedPoints uint64       `json:"mergedPoints"`
	Merged       []mergedJSON `json:"merged"`
	Timeline     [][4]uint64  `json:"timeline"`
	Sizes        [][3]uint64  `json:"sizes"`
	Modules      []moduleJSON `json:"modules"`

	FrameModules []int32             `json:"frameModules"`
	Inlined      []uint32            `json:"inlined"` // nil: the file does not tell
	Languages    map[string][]uint32 `json:"languages"`

	// What else is known of frames, each value with the frames that have it.
	Instances map[string][]uint32  `json:"instances"`
	Created   map[string][]uint32  `json:"created"`
	TypeSizes map[uint64][]uint32  `json:"typeSizes"`
	Entries   map[address][]uint32 `json:"entries"`

	MappingsPeak *uint64       `json:"mappingsPeak"` // where there is none, mappings were not recorded
	Mappings     []mappingJSON `json:"mappings"`

	Snapshots []snapshotJSON `json:"snapshots"`

	endJSON
	residentJSON
	freesJSON
	refusalsJSON
	factsJSON
	jointJSON
}

// mergedJSON is a profile.Part in a file.
type mergedJSON struct {
	Command  string `json:"cmd"`
	Profiles uint64 `json:"profiles"`
}

// countsJSON is a profile.Counts in a file.
type countsJSON struct {
	TruncatedStacks  uint64 `json:"truncatedStacks,omitempty"`
	TruncatedBlocks  uint64 `json:"truncatedBlocks,omitempty"`
	IncompleteStacks uint64 `json:"incompleteStacks,omitempty"`
	IncompleteBlocks uint64 `json:"incompleteBlocks,omitempty"`
	StacklessBlocks  uint64 `json:"stacklessBlocks,omitempty"`
	LostEvents       uint64 `json:"lostEvents,omitempty"`
	UnknownFrees     uint64 `json:"unknownFrees,omitempty"`
	Unprofiled       uint64 `json:"unprofiled,omitempty"`
	UnplacedModules  uint64 `json:"unplacedModules,omitempty"`
	OtherRefusals    uint64 `json:"otherRefusals,omitempty"`
}

// moduleJSON is a profile.Module in a file.
type moduleJSON struct {
	Path    string  `json:"path"`
	BuildID string  `json:"buildID,omitempty"`
	Start   address `json:"start"`
	End     address `json:"end"`
	Bias    address `json:"bias"`

	ByOffset     bool     `json:"byOffset,omitempty"`
	Nameless     string   `json:"nameless,omitempty"`
	MissingSplit []string `json:"missingSplit,omitempty"`
}

// address is an address, which a file has as a text in hex ("0x7f00").
type address uint64

func (a address) MarshalText() ([]byte, error) {
	return strconv.AppendUint([]byte("0x"), uint64(a), 16), nil
}

func (a *address) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 64)
	if err != nil {
		return fmt.Errorf("%q is no address", text)
	}
	*a = address(n)
	return nil
}
