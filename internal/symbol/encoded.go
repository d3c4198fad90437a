package symbol

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"heapprof/internal/symbol/dlang"
)

// builder is a compiler whose names of functions can be told from others' only by what else is in the file.
type builder uint8

const (
	unknownBuilder builder = iota
	byNim
	byGNAT // of Ada
	builderCount
)

// builderMarks are in the tables of names of files that a compiler has made.
var builderMarks = [builderCount]string{byNim: "\x00NimMain\x00", byGNAT: "\x00__gnat_"}

// builtBy reports whether a compiler has made the module's file, or part of it. The caller holds m.mu.
func (m *Module) builtBy(b builder) bool {
	if m.builders == nil {
		m.builders = new([builderCount]bool)
		for _, file := range append(m.files[:len(m.files):len(m.files)], m.miniDebug()) {
			if file == nil {
				continue
			}
			for _, table := range file.SymbolTables() {
				for b, mark := range builderMarks {
					m.builders[b] = m.builders[b] || mark != "" && bytes.Contains(table.Names, []byte(mark))
				}
			}
		}
	}
	return m.builders[b]
}

// decodeOther decodes what the compilers of D, OCaml, Zig, Nim and Ada make of functions' names. It reports false for any other
// name.
func (m *Module) decodeOther(name string) (string, bool) {
	if strings.HasPrefix(name, "_D") && len(name) <= maxMangled {
		return dlang.Demangle(name)
	}
	if decoded, ok := decodeOCaml(name); ok {
		return decoded, true
	}
	if decoded, ok := decodeZig(name); ok {
		return decoded, true
	}
	if !strings.Contains(name, "__") && !strings.HasPrefix(name, adaMain) {
		return "", false
	}
	if decoded, ok := decodeNim(name); ok && m.builtBy(byNim) {
		return decoded, true
	}
	if decoded, ok := decodeAda(name); ok && m.builtBy(byGNAT) {
		return decoded, true
	}
	return "", false
}

// ocamlName is ocamlopt's: camlStdlib__List__map_236, from version 5.1 on camlStdlib__List.map_236 (with $ for the dot on some
// systems). An operator's characters are $ and two digits.
var ocamlName = regexp.MustCompile(`^caml[A-Z]\w*(?:__|\.|\$)[\w$']+$`)

// ocamlNumber is what makes a name unlike others of its file. An anonymous function is fun and its number, which stays.
var ocamlNumber = regexp.MustCompile(`_\d+$`)

var hexDigits = regexp.MustCompile(`\$[0-9a-f]{2}`)

// decodeOCaml decodes ocamlopt's name of a function to Stdlib.List.map.
func decodeOCaml(name string) (string, bool) {
	if !ocamlName.MatchString(name) {
		return "", false
	}
	name = hexDigits.ReplaceAllStringFunc(strings.TrimPrefix(name, "caml"), func(s string) string {
		c, err := strconv.ParseUint(s[1:], 16, 8)
		if err != nil || c <= ' ' || c >= 0x7f {
			return s
		}
		return string(rune(c))
	})
	if short := ocamlNumber.ReplaceAllString(name, ""); !strings.HasSuffix(short, "fun") {
		name = short
	}
	return strings.ReplaceAll(name, "__", "."), true
}

// isOCaml reports whether a linker's name is one of ocamlopt's, whose code the assembler describes as its own.
func isOCaml(name string) bool { return strings.HasPrefix(name, "caml") && ocamlName.MatchString(name) }

// zigInstance is what Zig's compilers append to the name of a function that was made for some arguments, or for a type without
// a name.
var zigInstance = regexp.MustCompile(`^([\w.(),\[\]*?@ ]*\.[\w.]+?)__(?:anon|func)_\d+$`)

// decodeZig returns the name of a Zig function without the number of its instance.
func decodeZig(name string) (string, bool) {
	if found := zigInstance.FindStringSubmatch(name); found != nil {
		return found[1], true
	}
	return "", false
}

// nimName is Nim's: makeItem__shop_7, from version 2 on makeItem__shop_u7. Of a path of a module Z stands for the slashes.
var nimName = regexp.MustCompile(`^(\w+?)__([a-zA-Z]\w*)_u?\d+$`)

// nimSigns are the words that stand for signs in Nim's names; those of operators end in an underscore. X and two
// digits stand for any other.
var nimSigns = []struct{ word, sign string }{
	{"backslash", `\`}, {"percent", "%"}, {"dollar", "$"}, {"emark", "!"}, {"qmark", "?"}, {"slash", "/"}, {"tilde", "~"}, {"colon", ":"},
	{"minus", "-"}, {"roof", "^"}, {"star", "*"}, {"plus", "+"}, {"amp", "&"}, {"dot", "."}, {"bar", "|"}, {"eq", "="}, {"lt", "<"}, {"gt", ">"}, {"at", "@"},
}

// decodeNim decodes Nim's name of a function to module.name, as in shop.makeItem or tables.`[]=`.
func decodeNim(name string) (string, bool) {
	found := nimName.FindStringSubmatch(name)
	if found == nil {
		return "", false
	}
	function, module := found[1], found[2]
	// The operator's own underscore is the first of three.
	if rest, ok := strings.CutPrefix(module, "_"); ok {
		function, module = function+"_", rest
	}
	if strings.HasPrefix(name[len(function):], "___") {
		function += "_"
	}
	if operator, ok := strings.CutSuffix(function, "_"); ok {
		function = nimOperator(operator)
	}
	return module[strings.LastIndexByte(module, 'Z')+1:] + "." + function, true
}

// nimOperator returns the operator that an encoded one begins with, and the rest of it as it is: =destroy of eqdestroy.
func nimOperator(encoded string) string {
	signs := ""
next:
	for encoded != "" {
		if encoded[0] == 'X' && len(encoded) >= 3 {
			if c, err := strconv.ParseUint(encoded[1:3], 16, 8); err == nil && c > ' ' && c < 0x7f {
				signs, encoded = signs+string(rune(c)), encoded[3:]
				continue
			}
		}
		for _, s := range nimSigns {
			if rest, ok := strings.CutPrefix(encoded, s.word); ok {
				signs, encoded = signs+s.sign, rest
				continue next
			}
		}
		break
	}
	return signs + encoded
}

// adaMain begins the linker's name of an Ada program's main procedure.
const adaMain = "_ada_"

// adaName is GNAT's: modules__textures__create, with __2 for the second of that name, or a letter and more for a task's body
// and for what is nested.
var adaName = regexp.MustCompile(`^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)*__)+(O[a-z]+|[a-z][a-z0-9]*(?:_[a-z0-9]+)*)(?:__\d+(?:_\d+)*)?(?:TKB|[BNPX][bn]*)?(?:\.\d+)*$`)

var adaNumber = regexp.MustCompile(`(?:__\d+(?:_\d+)*)?(?:TKB|[BNPX][bn]*)?(?:\.\d+)*$`)

// adaOperators are GNAT's names of operators.
var adaOperators = map[string]string{
	"Oabs": "abs", "Oand": "and", "Omod": "mod", "Onot": "not", "Oor": "or", "Orem": "rem", "Oxor": "xor", "Oeq": "=", "One": "/=", "Olt": "<", "Ole": "<=",
	"Ogt": ">", "Oge": ">=", "Oadd": "+", "Osubtract": "-", "Oconcat": "&", "Omultiply": "*", "Odivide": "/", "Oexpon": "**",
}

// decodeAda decodes GNAT's name of a subprogram to modules.textures.create, as gnatmake -g has it in debug information.
func decodeAda(name string) (string, bool) {
	if main, ok := strings.CutPrefix(name, adaMain); ok && main != "" {
		return strings.ReplaceAll(main, "__", "."), true
	}
	found := adaName.FindStringSubmatch(name)
	if found == nil {
		return "", false
	}
	name = adaNumber.ReplaceAllString(name, "")
	if sign, ok := adaOperators[found[1]]; ok {
		name = strings.TrimSuffix(name, found[1]) + `"` + sign + `"`
	}
	return strings.ReplaceAll(name, "__", "."), true
}
