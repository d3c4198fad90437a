//go:build linux && (amd64 || arm64)

package patcher

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"

	"golang.org/x/sys/unix"

	"heapprof/internal/object"
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/wire"
)

// placeHooks returns the module of a plan for a file where it is mapped, and the code of
// its hooks; or the cause for which its functions cannot be hooked.
func (p *Patcher) placeHooks(f procfs.File, plan *patch.Plan, all []procfs.Mapping, r request) (m wire.PlanModule, code *hookCode, cause profile.Cause) {
	layout, err := p.layoutOf(plan, f.PathFrom(r.proc))
	if err != nil {
		return m, nil, profile.Cause{Code: profile.NotRead, Detail: err.Error()}
	}
	bias, usual := layout.bias(f)
	if !usual {
		return m, nil, profile.Cause{Code: profile.MappedUnusually}
	}
	for i := range plan.Patches {
		// The process compares code before it is changed, and protects it afterwards,
		// as code usually is; what lies beside it may be meant to be written to.
		q := &plan.Patches[i]
		if entry := bias + q.Entry; !f.IsReadOnly(entry, entry+uint64(len(q.Expected))) {
			return m, nil, profile.Cause{Code: profile.CodeNotReadOnly}
		}
	}
	if r.late && layout.changesText {
		return m, nil, profile.Cause{Code: profile.CodeRelocated}
	}
	at, ok := roomNear(all, f.Start(), f.End(), hookCodeBytes(plan), reach[plan.Machine])
	if !ok {
		return m, nil, profile.Cause{Code: profile.NoRoomNear}
	}
	if code, err = newHookCode(plan, at, bias, f); err != nil {
		return m, nil, profile.Cause{Code: profile.InWords, Detail: err.Error()}
	}
	m = wire.PlanModule{Bias: bias, CodeAt: at, CodeBytes: uint32(len(code.bytes)), Patches: uint32(len(code.patches))}
	if id, err := hex.DecodeString(plan.File.BuildID); err == nil && plan.File.BuildIDAt != 0 && len(id) <= wire.MaxBuildID {
		m.BuildIDAt, m.BuildIDBytes = bias+plan.File.BuildIDAt, uint32(copy(m.BuildID[:], id))
	}
	return m, code, profile.Cause{}
}

// layout is what the headers of a file say of how it is loaded.
type layout struct {
	loaded      bool   // whether it has a segment to load
	addr, at    uint64 // of the first of them: its address, and where in the file it is
	changesText bool
}

// layoutOf returns the layout of the file at path, of which a plan was made. It is read once:
// most processes have the same C library, and wait for this.
func (p *Patcher) layoutOf(plan *patch.Plan, path string) (l layout, err error) {
	if known, ok := p.layouts.Load(plan); ok {
		return known.(layout), nil
	}
	err = object.ReadHeaders(path, func(file *object.Headers) error {
		for _, s := range file.Progs {
			if s.Type == elf.PT_LOAD {
				l.loaded, l.addr, l.at = true, s.Vaddr, s.Off
				break
			}
		}
		l.changesText = changesText(file)
		return nil
	})
	if err == nil {
		p.layouts.Store(plan, l)
	}
	return l, err
}

// changesText reports whether a file has relocations in its code, which the loader applies
// only after it has asked what to patch.
func changesText(file *object.Headers) bool {
	values, err := file.DynValue(elf.DT_TEXTREL)
	return err == nil && len(values) > 0 || file.HasFlag(elf.DT_FLAGS, uint64(elf.DF_TEXTREL))
}

// reach is how far in bytes a jump can go, and an operand of code that is moved, less 1 MiB
// for the code of the hooks itself.
var reach = map[elf.Machine]uint64{elf.EM_X86_64: 1<<31 - 1<<20, elf.EM_AARCH64: 1<<27 - 1<<20}

// encodePlan returns a plan as it lies in the shared memory for the tracker library to
// read.
func encodePlan(modules []wire.PlanModule, codes []*hookCode) []byte {
	head := wire.Plan{Modules: uint32(len(modules)), Page: uint32(unix.Getpagesize())}
	for i, c := range codes {
		modules[i].FirstPatch = head.Patches
		head.Patches += uint32(len(c.patches))
	}
	at := binary.Size(head) + len(modules)*binary.Size(wire.PlanModule{}) + int(head.Patches)*binary.Size(wire.PlanPatch{})
	for i, c := range codes {
		modules[i].CodeOffset = uint32(at)
		at += len(c.bytes)
	}
	plan := make([]byte, 0, at)
	add := func(v any) {
		var err error
		if plan, err = binary.Append(plan, binary.LittleEndian, v); err != nil {
			panic(err) // structures of fixed size have no errors
		}
	}
	add(head)
	add(modules)
	for _, c := range codes {
		add(c.patches)
	}
	for _, c := range codes {
		plan = append(plan, c.bytes...)
	}
	return plan
}
