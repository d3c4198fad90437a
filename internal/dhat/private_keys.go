package dhat

import "heapprof/internal/profile"

// hasPrivate reports whether a profile is written with heapprof's own key: one that heapprof has recorded or merged, or
// that is of another tool which is named. A file of valgrind's stays as valgrind has written it.
func hasPrivate(p *profile.Profile) bool {
	return p.Recording != nil || p.Maker != "" || p.Merged != nil
}

// newPrivateKeys returns what heapprof's own key has for a profile, if it has one.
func newPrivateKeys(p *profile.Profile) *privateKeys {
	var tool *string
	if p.Recording == nil {
		tool = &p.Maker
		named := *p
		named.Recording = new(profile.Recording)
		p = &named
	}
	r := p.Recording
	j := &privateKeys{
		Version:  privateVersion,
		Tool:     tool,
		RunsOn:   p.RunsOn,
		Program:  r.Program,
		Host:     r.Host,
		ExitCode: r.ExitCode,
		Signal:   r.Signal,
		CPUTime:  r.CPUTime,

		SampledBytes: p.Sampling.MeanBytes,
		ExactBytes:   p.Sampling.ExactBytes,
		ExactBlocks:  p.Sampling.ExactBlocks,
		Measured:     measured(p.Columns),
		Unmeasured:   unmeasured(p.Columns),
		Extra:        extraKeys(p.Extra),

		AnonymousPeak: r.AnonymousPeak,
		StaticBytes:   r.StaticBytes,
		StackBytes:    r.StackBytes,
		Threads:       r.Threads,
		Depth:         r.Depth,
		Deepest:       r.Deepest,
		Nodes:         r.Nodes,
		NodeEvents:    r.NodeEvents,
		MaxNodes:      r.MaxNodes,

		Counts:       countsJSON(r.Counts),
		Notes:        newNotesJSON(r.Notes),
		MergedPoints: r.MergedPoints,
		Inlined:      []uint32{},
	}
	if !r.Start.IsZero() {
		utc := r.Start.UTC()
		j.Start = &utc
	}
	if r.Mappings != nil {
		j.MappingsPeak = &r.Mappings.PeakTime
		for i := range r.Mappings.Points {
			j.Mappings = append(j.Mappings, newMappingJSON(&r.Mappings.Points[i]))
		}
	}
	j.endJSON = newEndJSON(r)
	j.residentJSON = newResidentJSON(r)
	j.Snapshots = newSnapshotsJSON(r.Snapshots)
	j.freesJSON = newFreesJSON(r.Frees)
	j.refusalsJSON = newRefusalsJSON(r)
	j.jointJSON = newJointJSON(r)
	j.factsJSON = newFactsJSON(p)
	for _, t := range p.Timeline {
		j.Timeline = append(j.Timeline, [4]uint64{t.Time, t.Bytes, t.Blocks, t.RSS})
	}
	for _, c := range r.Sizes {
		j.Sizes = append(j.Sizes, [3]uint64{c.Max, c.Blocks, c.Bytes})
	}
	for _, part := range p.Merged {
		j.Merged = append(j.Merged, mergedJSON(part))
	}
	j.addFrames(p)
	return j
}

// extraKeys returns what the points count besides, each a name and a unit.
func extraKeys(all []profile.Extra) (keys [][2]string) {
	for _, x := range all {
		keys = append(keys, [2]string{x.Name, x.Unit})
	}
	return keys
}

// addFrames adds what the texts of the frame table do not tell: the frames' modules,
// languages and types, and which are inlined.
func (j *privateKeys) addFrames(p *profile.Profile) {
	numbers := map[*profile.Module]int32{nil: -1}
	for i, m := range p.Modules {
		numbers[m] = int32(i)
		j.Modules = append(j.Modules, moduleJSON{
			Path: m.Path, BuildID: m.BuildID,
			Start: address(m.Start), End: address(m.End), Bias: address(m.Bias), ByOffset: m.ByOffset,
			Nameless: string(m.Nameless), MissingSplit: m.MissingSplit,
		})
	}
	for i := range p.Frames {
		f := &p.Frames[i]
		number, known := numbers[f.Module]
		if !known {
			number = -1
		}
		j.FrameModules = append(j.FrameModules, number)
		if f.Inlined {
			j.Inlined = append(j.Inlined, uint32(i))
		}
		addFrame(&j.Languages, f.Language.String(), i)
		addFrame(&j.Instances, f.Instance, i)
		addFrame(&j.Created, f.Created, i)
		addFrame(&j.TypeSizes, f.TypeSize, i)
		addFrame(&j.Entries, address(f.Entry), i)
	}
}

// addFrame adds a frame's index to the list of a value, unless the value is a zero one, which
// stands for what is not known.
func addFrame[V comparable](table *map[V][]uint32, value V, index int) {
	var unknown V
	if value == unknown {
		return
	}
	if *table == nil {
		*table = make(map[V][]uint32)
	}
	(*table)[value] = append((*table)[value], uint32(index))
}
