package object

// miniSection holds an ELF file, compressed, that has a symbol table of the functions which are not exported: what
// distributions leave of the symbols in stripped files ("MiniDebugInfo" in gdb's manual). Fedora and
// Android do so.
const miniSection = ".gnu_debugdata"

// HasMiniDebug reports whether the file seems to hold what MiniDebug returns.
func (h *Headers) HasMiniDebug() bool { return h.Section(miniSection) != nil }

// MiniDebug returns the ELF file within the file that has symbols of functions, without those that are exported; nil where there
// is none, or it is damaged. Its addresses are those of the file. It is decompressed once, and needs not be closed.
func (f *File) MiniDebug() *File { return f.mini() }

// readMini makes what MiniDebug returns.
func (f *File) readMini() *File {
	raw := f.Plain(f.Section(miniSection))
	if raw == nil {
		return nil
	}
	data, err := inflateXZ(raw)
	if err != nil {
		return nil
	}
	mini, err := New(f.Path, data)
	if err != nil || mini.CheckLayout() != nil || mini.Machine != f.Machine || mini.BuildID != "" && mini.BuildID != f.BuildID {
		return nil
	}
	return mini
}
