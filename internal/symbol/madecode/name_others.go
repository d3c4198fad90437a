package madecode

import (
	"regexp"
	"strings"

	"heapprof/internal/profile"
)

// dotNetName is the name of a method of .NET's, as "int32 [app] App.Program::Load(int32)[QuickJitted]": its result's type, its assembly,
// its class and name, the types of its arguments, and how it was compiled.
var dotNetName = regexp.MustCompile(`^\S.*? \[([^\[\]\s]+)\] (\S+)::([^()\s]+)(\(.*\))(?:\[\w+\])?$`)

// parseDotNet reads the name of a method as .NET's tools for profiles write it: "app!App.Program.Load(int32)".
func parseDotNet(name string) (Function, bool) {
	parts := dotNetName.FindStringSubmatch(name)
	if parts == nil {
		return Function{}, false
	}
	return Function{Name: parts[1] + "!" + parts[2] + "." + parts[3] + parts[4], Language: profile.DotNet}, true
}

// parseLuaJIT reads the name of a trace, a path through functions that LuaJIT has compiled as one: "TRACE_1::app.lua:6", which is
// its number, and where it begins.
func parseLuaJIT(name string) (Function, bool) {
	trace, where, ok := strings.Cut(name, "::")
	if !ok || !strings.HasPrefix(trace, "TRACE_") {
		return Function{}, false
	}
	f := Function{Name: trace, Language: profile.Lua}
	f.File, f.Line, _ = cutPlace(where)
	return f, true
}

// erlangName is the name of a function of Erlang's, as "lists:map/2", in perf maps as "$lists:map/2", perhaps with a part of it.
var erlangName = regexp.MustCompile(`^\$?((?:[a-z][\w@.]*|'[^']+'):(?:[a-z][\w@]*|'[^']+')/\d+)(?:-CodeInfoPrologue)?$`)

// parseErlang reads the name of a function of Erlang's.
func parseErlang(name string) (Function, bool) {
	parts := erlangName.FindStringSubmatch(name)
	if parts == nil {
		return Function{}, false
	}
	return Function{Name: parts[1], Language: profile.Erlang}, true
}
