package types

// What glibc's and musl's functions allocate, by their public names and those of the
// functions in them that a library without symbols of its own still exports.
var libcFunctions = func() map[string]string {
	byFunction := make(map[string]string)
	for name, functions := range map[string][]string{
		"FILE":                         {"fopen", "fopen64", "fdopen", "freopen", "freopen64", "fopencookie", "fmemopen", "popen", "proc_open", "tmpfile", "tmpfile64", "fopen_internal", "open_memstream", "open_wmemstream", "fdopen64", "ofl_add"},
		"FILE buffer":                  {"file_doallocate", "wfile_doallocate", "default_doallocate", "doallocbuf", "wdoallocbuf", "file_setbuf", "setvbuf", "default_pbackfail", "wdefault_pbackfail", "switch_to_wget_mode"},
		streamBuffer:                   {"str_overflow", "wstr_overflow", "mem_finish", "str_seekoff", "enlarge_userbuf", "ms_write", "wms_write"},
		"line buffer (getline)":        {"getline", "getdelim", "fgetln"},
		"DIR":                          {"opendir", "opendirat", "fdopendir", "alloc_dir"},
		"dirent list (scandir)":        {"scandir", "scandir64", "scandirat", "scandirat64", "scandir_tail", "scandir64_tail"},
		madeText:                       {"strdup", "strndup", "asprintf", "vasprintf", "asprintf_chk", "vasprintf_chk", "vasprintf_internal", "realpath", "realpath_chk", "realpath_stk", "canonicalize_file_name", "getcwd", "get_current_dir_name", "tempnam", "argz_add", "argz_append", "argz_create", "argz_create_sep", "envz_add", "strerror", "strerror_l", "strsignal", "dirname", "getpass"},
		"wchar_t[]":                    {"wcsdup"},
		"locale data":                  {"setlocale", "newlocale", "duplocale", "nl_make_l10nflist", "nl_load_locale", "nl_load_locale_from_archive", "nl_find_locale", "nl_intern_locale_data", "nl_normalize_codeset", "nl_expand_alias", "new_composite_name", "read_alias_file", "extend_alias_table", "get_locale"},
		"character conversion (iconv)": {"iconv_open", "gconv_open", "gconv_find_transform", "gconv_find_shlib", "gconv_load_cache", "gconv_read_conf", "gconv_load_conf", "gconv_lookup_cache", "gconv_get_path", "gconv_create_spec", "wcsmbs_load_conv", "wcsmbs_named_conv", "gconv", "iconv"},
		"messages (gettext)":           {"bindtextdomain", "bind_textdomain_codeset", "textdomain", "dcgettext", "dcigettext", "dgettext", "gettext", "ngettext", "dcngettext", "nl_load_domain", "nl_find_msg", "nl_find_domain", "nl_init_domain_conv", "set_binding_values", "catopen"},
		"environment":                  {"setenv", "putenv", "add_to_environ", "env_rm_add"},
		"regex_t":                      {"regcomp", "re_compile_internal", "re_compile_pattern", "re_compile_fastmap", "tre_compile"},
		"regexec state":                {"regexec", "re_search", "re_search_internal", "re_match", "re_search_2", "re_match_2"},
		"glob_t":                       {"glob", "glob64", "glob_in_dir"},
		"wordexp_t":                    {"wordexp"},
		"FTS":                          {"fts_open", "fts64_open", "fts_read", "fts64_read", "fts_children", "fts64_children", "fts_build", "fts_alloc", "fts_palloc", "fts_sort"},
		"tsearch node":                 {"tsearch"},
		"hsearch table":                {"hcreate", "hcreate_r"},
		"qsort buffer":                 {"qsort", "qsort_r"},
		"addrinfo":                     {"getaddrinfo", "gaih_inet"},
		"hostent":                      {"gethostbyname", "gethostbyname2", "gethostbyaddr", "gethostent"},
		"resolver state":               {"res_init", "res_ninit", "res_vinit", "resolv_conf_allocate", "resolv_conf_load", "resolv_conf_get_current", "resolv_context_get", "res_nsend", "resolv_conf_attach"},
		"name service buffer (nss)":    {"getpwnam", "getpwuid", "getpwent", "getgrnam", "getgrgid", "getgrent", "getspnam", "getservbyname", "getservbyport", "getprotobyname", "getprotobynumber", "getnetbyname"},
		"name service data (nss)":      {"nss_lookup", "nss_lookup_function", "nss_next2", "nss_configure_lookup", "nss_module_load", "nss_module_allocate", "nss_database_get", "nss_action_parse", "nss_readline", "nss_files_functions"},
		"group list":                   {"getgrouplist", "initgroups", "internal_getgrouplist"},
		"ifaddrs":                      {"getifaddrs", "getifaddrs_internal"},
		"if_nameindex":                 {"if_nameindex"},
		"thread-local storage":         {"dl_allocate_tls", "dl_allocate_tls_storage", "dl_allocate_tls_init", "allocate_dtv", "tls_get_addr", "tls_get_addr_tail", "tls_get_addr_slow", "allocate_and_init", "dl_resize_dtv", "update_get_addr", "dl_early_allocate", "dl_update_slotinfo"},
		"pthread stack":                {"pthread_create", "pthread_create_2_1", "allocate_stack", "allocate_thread_stack"},
		"pthread keys":                 {"pthread_setspecific"},
		"link_map":                     {"dl_new_object"},
		"loader data (dlopen)":         {"dlopen", "dlmopen", "dl_open", "dl_open_worker", "dl_open_worker_begin", "dl_map_object", "dl_map_object_from_fd", "dl_map_object_deps", "dl_check_map_versions", "dl_important_hwcaps", "dl_init_paths", "add_to_global_resize", "open_path", "decompose_rpath", "expand_dynamic_string_token", "dl_add_to_slotinfo", "dl_signal_error", "dl_exception_create", "dl_exception_create_format", "dlerror_run", "dlerror", "dl_scope_free", "dl_find_object_update", "dl_sym", "dlsym", "dlvsym", "dl_make_tlsdesc_dynamic", "cxa_thread_atexit_impl"},
		"atexit list":                  {"atexit", "new_exitfn", "cxa_atexit", "on_exit", "cxa_at_quick_exit"},
		"time zone data":               {"tzset", "tzset_internal", "tz_convert", "tzfile_read", "tzfile_default", "tzstring", "localtime", "localtime_r", "mktime", "parse_tzname", "timelocal"},
		"printf buffer":                {"printf", "fprintf", "vprintf", "vfprintf", "vfprintf_internal", "snprintf", "vsnprintf", "vsnprintf_internal", "sprintf", "printf_chk", "fprintf_chk", "vfwprintf_internal", "printf_fp_l", "dprintf", "vdprintf"},
		"scanf buffer":                 {"vfscanf_internal", "vfscanf", "scratch_buffer_grow_scanf"},
		"scratch buffer":               {"scratch_buffer_grow", "scratch_buffer_grow_preserve", "scratch_buffer_set_array_size"},
		"printf registrations":         {"register_printf_function", "register_printf_specifier"},
		"sem_t":                        {"sem_open"},
		"timer":                        {"timer_create"},
		"backtrace symbols":            {"backtrace_symbols"},
		"syslog message":               {"syslog", "vsyslog", "vsyslog_internal", "openlog"},
		"spawn actions":                {"posix_spawn_file_actions_addopen", "posix_spawn_file_actions_addclose", "posix_spawn_file_actions_adddup2", "posix_spawn_file_actions_addchdir_np"},
		"ucontext":                     {"makecontext"},
	} {
		for _, f := range functions {
			byFunction[f] = name
		}
	}
	return byFunction
}()

// libcPrefixes are families of the C library's functions, by how the names begin that they
// have in it.
var libcPrefixes = []struct{ prefix, name string }{
	{"_nss_", "name service data (nss)"},
	{"__nss_", "name service data (nss)"},
	{"__gconv_", "character conversion (iconv)"},
	{"gconv_", "character conversion (iconv)"},
	{"_nl_", "locale data"},
	{"__tzfile_", "time zone data"},
	{"_IO_file_doallocate", "FILE buffer"},
	{"_IO_wfile_doallocate", "FILE buffer"},
	{"__resolv_", "resolver state"},
	{"__res_", "resolver state"},
	{"_dl_", "loader data (dlopen)"},
	{"re_", "regex_t"},
}
