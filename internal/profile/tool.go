package profile

// Names of the tools that write DHAT files without naming themselves.
const (
	valgrind = "valgrind"
	dhatRS   = "dhat-rs"
)

// OtherTool returns what people call the tool that recorded the profile; "" where that was heapprof, or nobody knows.
func (p *Profile) OtherTool() string {
	switch {
	case p.Maker != "":
		return p.Maker
	case p.Recording != nil:
	case p.Mode == "rust-heap", p.Mode == "rust-ad-hoc":
		return dhatRS
	case p.Units.Time == "instrs":
		return valgrind
	}
	return ""
}
