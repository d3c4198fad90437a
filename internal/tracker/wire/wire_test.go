package wire

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"heapprof/internal/testkit"
)

// TestLayoutEqualsTheLibrarys compiles a program that prints the C header's
// numbers and compares them with this package's.
func TestLayoutEqualsTheLibrarys(t *testing.T) {
	gcc := testkit.Tool(t, "gcc")
	want := []struct {
		c   string
		go_ uint64
	}{
		{"WIRE_MAGIC", Magic}, {"WIRE_VERSION", Version},
		{"WIRE_MAX_PROCESSES", MaxProcesses}, {"WIRE_MAX_COUNTED", MaxCounted}, {"WIRE_MAX_RINGS", MaxRings}, {"WIRE_MAX_DEPTH", MaxDepth},
		{"WIRE_PROCESSES_AT", ProcessesAt}, {"WIRE_CONTROL_BYTES", ControlBytes},
		{"WIRE_RINGS_AT", RingsAt}, {"WIRE_RING_WORDS", RingWords},
		{"WIRE_RING_HEADER", RingHeader}, {"WIRE_RING_STRIDE", RingStride},
		{"WIRE_RECORDER_ON", RecorderOn}, {"WIRE_RECORDER_GONE", RecorderGone},
		{"WIRE_CHILDREN", Children}, {"WIRE_PATCH", Patch},
		{"offsetof(struct wire_process, plan)", uint64(unsafe.Offsetof(Process{}.Plan))},
		{"offsetof(struct wire_process, plan_bytes)", uint64(unsafe.Offsetof(Process{}.PlanBytes))},
		{"offsetof(struct wire_process, plan_at)", uint64(unsafe.Offsetof(Process{}.PlanAt))},
		{"WIRE_PLAN_WANTED", PlanWanted}, {"WIRE_PLAN_READY", PlanReady}, {"WIRE_PLAN_DONE", PlanDone},
		{"offsetof(struct wire_process, plan_from)", uint64(unsafe.Offsetof(Process{}.PlanFrom))},
		{"offsetof(struct wire_process, plan_to)", uint64(unsafe.Offsetof(Process{}.PlanTo))},
		{"offsetof(struct wire_process, unplaced)", uint64(unsafe.Offsetof(Process{}.Unplaced))},
		{"offsetof(struct wire_process, deepest)", uint64(unsafe.Offsetof(Process{}.Deepest))}, {"WIRE_DEEPEST_UNKNOWN", DeepestUnknown},
		{"offsetof(struct wire_process, names_bytes)", uint64(unsafe.Offsetof(Process{}.NamesBytes))},
		{"offsetof(struct wire_process, names)", uint64(unsafe.Offsetof(Process{}.Names))}, {"WIRE_MAX_NAMES", MaxNames},
		{"sizeof(struct wire_plan)", uint64(unsafe.Sizeof(Plan{}))},
		{"offsetof(struct wire_plan, page)", uint64(unsafe.Offsetof(Plan{}.Page))},
		{"sizeof(struct wire_plan_module)", uint64(unsafe.Sizeof(PlanModule{}))},
		{"offsetof(struct wire_plan_module, code_at)", uint64(unsafe.Offsetof(PlanModule{}.CodeAt))},
		{"offsetof(struct wire_plan_module, code_offset)", uint64(unsafe.Offsetof(PlanModule{}.CodeOffset))},
		{"offsetof(struct wire_plan_module, build_id)", uint64(unsafe.Offsetof(PlanModule{}.BuildID))},
		{"offsetof(struct wire_plan_module, build_id_bytes)", uint64(unsafe.Offsetof(PlanModule{}.BuildIDBytes))},
		{"offsetof(struct wire_plan_module, first_patch)", uint64(unsafe.Offsetof(PlanModule{}.FirstPatch))},
		{"offsetof(struct wire_plan_module, outcome)", uint64(unsafe.Offsetof(PlanModule{}.Outcome))},
		{"WIRE_PATCHED", Patched}, {"WIRE_PATCH_OTHER_FILE", PatchOtherFile}, {"WIRE_PATCH_NO_ROOM", PatchNoRoom},
		{"WIRE_PATCH_FORBIDDEN", PatchForbidden}, {"WIRE_PATCH_SHADOW_STACK", PatchShadowStack}, {"WIRE_PATCH_NOT_ASKED", PatchNotAsked},
		{"sizeof(struct wire_patch)", uint64(unsafe.Sizeof(PlanPatch{}))},
		{"offsetof(struct wire_patch, over)", uint64(unsafe.Offsetof(PlanPatch{}.Over))},
		{"offsetof(struct wire_patch, expected_bytes)", uint64(unsafe.Offsetof(PlanPatch{}.ExpectedBytes))},
		{"offsetof(struct wire_patch, makes_return)", uint64(unsafe.Offsetof(PlanPatch{}.MakesReturn))},
		{"offsetof(struct wire_patch, record)", uint64(unsafe.Offsetof(PlanPatch{}.Record))},
		{"sizeof(struct wire_patched)", uint64(unsafe.Sizeof(PatchRecord{}))},
		{"offsetof(struct wire_patched, original)", uint64(unsafe.Offsetof(PatchRecord{}.Original))},
		{"offsetof(struct wire_patched, action)", uint64(unsafe.Offsetof(PatchRecord{}.Action))},
		{"offsetof(struct wire_patched, out)", uint64(unsafe.Offsetof(PatchRecord{}.Out))},
		{"WIRE_ACTION_ALLOC", uint64(ActionAlloc)}, {"WIRE_ACTION_FREE", uint64(ActionFree)}, {"WIRE_ACTION_REALLOC", uint64(ActionRealloc)},
		{"WIRE_ACTION_REALLOC_OR_FREE", uint64(ActionReallocOrFree)}, {"WIRE_ACTION_RESIZE", uint64(ActionResize)},
		{"WIRE_ACTION_MAP", uint64(ActionMap)}, {"WIRE_ACTION_UNMAP", uint64(ActionUnmap)},
		{"WIRE_ACTION_REMAP", uint64(ActionRemap)}, {"WIRE_ACTION_BREAK", uint64(ActionBreak)}, {"WIRE_ACTION_FORK", uint64(ActionFork)},
		{"WIRE_ACTION_LOADED", uint64(ActionLoaded)}, {"WIRE_ACTION_EXEC", uint64(ActionExec)},
		{"sizeof(struct wire_control)", uint64(unsafe.Sizeof(Control{}))},
		{"offsetof(struct wire_control, depth)", uint64(unsafe.Offsetof(Control{}.Depth))},
		{"offsetof(struct wire_control, flags)", uint64(unsafe.Offsetof(Control{}.Flags))},
		{"offsetof(struct wire_control, recorder_pid)", uint64(unsafe.Offsetof(Control{}.RecorderPID))},
		{"offsetof(struct wire_control, recorder)", uint64(unsafe.Offsetof(Control{}.Recorder))},
		{"offsetof(struct wire_control, sleeping)", uint64(unsafe.Offsetof(Control{}.Sleeping))},
		{"offsetof(struct wire_control, doorbell)", uint64(unsafe.Offsetof(Control{}.Doorbell))},
		{"offsetof(struct wire_control, root_pid)", uint64(unsafe.Offsetof(Control{}.RootPID))},
		{"offsetof(struct wire_control, processes)", uint64(unsafe.Offsetof(Control{}.Processes))},
		{"offsetof(struct wire_control, rings)", uint64(unsafe.Offsetof(Control{}.Rings))},
		{"offsetof(struct wire_control, unprofiled)", uint64(unsafe.Offsetof(Control{}.Unprofiled))},
		{"offsetof(struct wire_control, forks)", uint64(unsafe.Offsetof(Control{}.Forks))},
		{"offsetof(struct wire_control, max_rings)", uint64(unsafe.Offsetof(Control{}.MaxRings))},
		{"offsetof(struct wire_control, recorder_life)", uint64(unsafe.Offsetof(Control{}.RecorderLife))},
		{"offsetof(struct wire_control, asks)", uint64(unsafe.Offsetof(Control{}.Asks))},
		{"offsetof(struct wire_control, rounds)", uint64(unsafe.Offsetof(Control{}.Rounds))},
		{"offsetof(struct wire_control, life)", uint64(unsafe.Offsetof(Control{}.Life))},
		{"offsetof(struct wire_control, asking)", uint64(unsafe.Offsetof(Control{}.Asking))},
		{"offsetof(struct wire_control, counted)", uint64(unsafe.Offsetof(Control{}.Counted))},
		{"offsetof(struct wire_process, parent)", uint64(unsafe.Offsetof(Process{}.Parent))},
		{"offsetof(struct wire_process, fork)", uint64(unsafe.Offsetof(Process{}.Fork))},
		{"sizeof(struct wire_process)", uint64(unsafe.Sizeof(Process{}))},
		{"offsetof(struct wire_process, pid)", uint64(unsafe.Offsetof(Process{}.PID))},
		{"offsetof(struct wire_process, own_pid)", uint64(unsafe.Offsetof(Process{}.OwnPID))},
		{"offsetof(struct wire_process, elsewhere)", uint64(unsafe.Offsetof(Process{}.Elsewhere))},
		{"offsetof(struct wire_process, badge)", uint64(unsafe.Offsetof(Process{}.Badge))},
		{"WIRE_BADGE_AT(300)", BadgeAt(300)}, {"WIRE_BADGE_BYTES(300)", BadgeBytes(300)},
		{"WIRE_PROCESS_READY", ProcessReady}, {"WIRE_PROCESS_TAKEN", ProcessTaken}, {"WIRE_PROCESS_DONE", ProcessDone},
		{"offsetof(struct wire_process, start)", uint64(unsafe.Offsetof(Process{}.Start))},
		{"offsetof(struct wire_process, lost)", uint64(unsafe.Offsetof(Process{}.Lost))},
		{"sizeof(struct wire_ring)", uint64(unsafe.Sizeof(Ring{}))},
		{"offsetof(struct wire_ring, tail)", uint64(unsafe.Offsetof(Ring{}.Tail))},
		{"offsetof(struct wire_ring, process)", uint64(unsafe.Offsetof(Ring{}.Process))},
		{"offsetof(struct wire_ring, open)", uint64(unsafe.Offsetof(Ring{}.Open))},
		{"offsetof(struct wire_ring, waiting)", uint64(unsafe.Offsetof(Ring{}.Waiting))},
		{"WIRE_KIND_ALLOC", uint64(KindAlloc)}, {"WIRE_KIND_FREE", uint64(KindFree)},
		{"WIRE_KIND_REALLOC", uint64(KindRealloc)}, {"WIRE_KIND_REALLOCED", uint64(KindRealloced)},
		{"WIRE_KIND_REALLOC_FAILED", uint64(KindReallocFailed)}, {"WIRE_KIND_REALLOC_FREED", uint64(KindReallocFreed)},
		{"WIRE_KIND_NODE", uint64(KindNode)}, {"WIRE_KIND_MODULE", uint64(KindModule)}, {"WIRE_KIND_THREAD", uint64(KindThread)},
		{"WIRE_KIND_FORK", uint64(KindFork)}, {"WIRE_KIND_ALLOC_SHORT", uint64(KindAllocShort)}, {"WIRE_KIND_FREE_SHORT", uint64(KindFreeShort)},
		{"WIRE_KIND_FREE_INNER", uint64(KindFreeInner)}, {"WIRE_KIND_REALLOC_INNER", uint64(KindReallocInner)},
		{"WIRE_KIND_MAPPING", uint64(KindMapping)}, {"WIRE_MAPPING_MAP", uint64(MappingMap)}, {"WIRE_MAPPING_BREAK", uint64(MappingBreak)},
		{"WIRE_EXEC_FAILED", execFailed}, {"WIRE_EXEC_OWN", execOwn},
		{"WIRE_EXEC_LIBRARY", execLibrary}, {"WIRE_EXEC_MEMORY", execMemory},
		{"WIRE_MAPPING_TAKE", uint64(MappingTake)}, {"WIRE_MAPPING_PUT", uint64(MappingPut)},

		{"WIRE_MAX_NODES", MaxNodes}, {"WIRE_FIRST_NODE", FirstNode}, {"WIRE_ROOT", Root}, {"WIRE_ROOT_TRUNCATED", RootTruncated},
		{"WIRE_ROOT_NO_CFI", RootNoCFI}, {"WIRE_ROOT_UNSUPPORTED", RootUnsupported},
		{"WIRE_ROOT_OUT_OF_STACK", RootOutOfStack}, {"WIRE_NO_MODULE", NoModule},
	}
	header, err := filepath.Abs("../preload/csrc/wire_event.h")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	fmt.Fprintf(&source, "#include <stdio.h>\n#include %q\nint main(void) {\n", header)
	for _, w := range want {
		fmt.Fprintf(&source, "printf(\"%%llu\\n\", (unsigned long long)(%s));\n", w.c)
	}
	source.WriteString("puts(WIRE_ENV);\nreturn 0; }\n")
	dir := t.TempDir()
	file, program := filepath.Join(dir, "layout.c"), filepath.Join(dir, "layout")
	if err := os.WriteFile(file, []byte(source.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	for i, w := range want {
		if got[i] != fmt.Sprint(w.go_) {
			t.Errorf("%s is %s in C and %d in Go", w.c, got[i], w.go_)
		}
	}
	if got[len(want)] != Env {
		t.Errorf("WIRE_ENV is %s in C and %s in Go", got[len(want)], Env)
	}
}

// TestMappingsBeginAtMultiplesOfAnyPage is for kernels with pages of 64 KiB.
func TestMappingsBeginAtMultiplesOfAnyPage(t *testing.T) {
	for name, at := range map[string]int{"RingsAt": RingsAt, "RingStride": RingStride, "RingHeader": RingHeader} {
		if at%(64<<10) != 0 {
			t.Errorf("%s is %d", name, at)
		}
	}
}
