// Package dhat turns profiles into files of the DHAT v2 JSON format and back, the format
// of valgrind's DHAT and of dhat-rs. It imports only the model, package profile.
//
// # The format
//
// A file is one JSON object with the keys
//
//	dhatFileVersion            2
//	mode, verb                 Profile.Mode, Verb
//	bklt, bkacc                whether there are the columns profile.Lives, profile.Accesses
//	bu, bsu, bksu, tu, Mtu     Units.Unit, Units, Blocks, Time, MegaTime
//	tuth, cmd, pid, tg, te     Profile.ShortLived, Command, PID, PeakTime, EndTime
//	pps                        the points
//	ftbl                       the frame table: FormatFrame's texts, "[root]" first
//
// and in a point
//
//	tb, tbk          Point.TotalBytes, TotalBlocks
//	tl               TotalLifetime
//	mb, mbk          MaxBytes, MaxBlocks
//	gb, gbk          PeakBytes, PeakBlocks
//	eb, ebk          EndBytes, EndBlocks
//	rb, wb           ReadBytes, WrittenBytes
//	fs               Frames
//
// The keys tuth and tg, and tl, mb, mbk, gb, gbk, eb and ebk in a point, are there if
// bklt says so; rb and wb if bkacc does; bu, bsu and bksu may be missing.
// Everything else must be there. The description is valgrind's manual and the
// behaviour of its viewer, dh_view.js.
//
// # Heapprof's own keys
//
// The viewers ignore keys that they do not know. A point may have
//
//	htbk  Point.TemporaryBlocks
//	hrbk  Point.Reallocs
//	hcs   Point.Chunks: [size, blocks, size, blocks, …]
//	hts   Point.Samples.Total: [sampled blocks, variance of tb, variance of tbk]
//	hgs   Point.Samples.Peak: the same of gb and gbk
//	hes   Point.Samples.End: of eb and ebk
//	hxs   Point.Extra: a value for each of "extra"
//
// which are left out where they are 0 or empty, and the file one key more, for
// profile.Recording and what the frames' texts do not tell:
//
//	"heapprof": {
//	  "version": 1,
//	  "tool": "heaptrack",                Profile.Maker, where heapprof has not recorded: there is no profile.Recording then
//	  "runsOn": true,                     Profile.RunsOn, beside "tool"
//	  "merged": [{"cmd": "./p", "profiles": 3}, …], of a profile that a Merger made
//	  "processes": [[0, 1000, 4096], …],    Recording.Joint.Lives: begin, how long, bytes at the peak
//	  "course": [[0, 0, 0, 0], …],          Recording.Joint.Course
//	  "program": "/usr/bin/perl",         path of the executable
//	  "host": "build7",
//	  "start": "2026-01-31T12:00:00.5Z",  RFC 3339
//	  "sampledBytes": 524288,             Sampling.MeanBytes; left out where the numbers are exact
//	  "exactBytes": 97, "exactBlocks": 5, Sampling.ExactBytes, ExactBlocks
//	  "measured": ["gb", "gbk"],          keys of points, of tl to ebk, that are in Profile.Columns where bklt is false
//	  "unmeasured": ["hcs"],              keys of points, of tb, tbk, htbk, hrbk and hcs, that are not; with mbk, gbk and ebk: NoBlocks
//	  "extra": [["resident_space", "bytes"]],  Profile.Extra: name and unit; left out where there is none
//	  "exitCode": 0,
//	  "signal": 0,                        that ended the program, or 0
//	  "cpuTime": 1250000,                 microseconds; left out where it is not known
//	  "anonymousPeak": 4096000, "staticBytes": 81920, "stackBytes": 135168, "threads": 1,
//	  "depth": 128, "deepest": 300,
//	  "nodes": 9100, "nodeEvents": 9120, "maxNodes": 16777216,
//	  "counts": {"lostEvents": 3, …},     the fields of Counts, zeros left out
//	  "notes": [{"code": "allocator-unseen", "files": ["prog"], …}, …],
//	  "mergedPoints": 0,
//	  "timeline": [[time, bytes, blocks, rss], …],
//	  "sizes": [[max, blocks, bytes], …],
//	  "modules": [{"path": "/lib/libc.so.6", "buildID": "c0ff…",
//	               "start": "0x7f…", "end": "0x7f…", "bias": "0x7f…",
//	               "byOffset": true, "nameless": "deleted", "missingSplit": ["main.dwo", …]}, …],
//	  "frameModules": [-1, 0, 0, 1, …],   for each entry of ftbl
//	  "inlined": [3, 7],                  the entries of ftbl that are inlined
//	  "languages": {"c++": [1, 4], …},    the entries of ftbl in each language that is known
//	  "mappingsPeak": 1500,               Mappings.PeakTime, if mappings were recorded
//	  "mappings": [{"tb": 4096, …, "fs": [7, 2, 3]}, …]
//	}
//
// A point of mappings has the keys tb to fs of one of pps. ftbl also has the frames
// that only mappings use.
//
// An absent key is the zero value of the field of the same name, but that without
// "inlined" it is not known which frames are, and guessed by the addresses that they
// share. Older files have words under "nameless" instead of a code. Addresses
// are strings, as JavaScript's numbers are exact to 2^53 only. A later version
// may add keys, and elements to the ends of rows; it never changes what is
// there, so that a reader of any version can read a file of any other.
package dhat
