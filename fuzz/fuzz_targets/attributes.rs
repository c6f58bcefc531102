//! `.gitattributes`: the first line is the path that is asked for.
#![no_main]

use bstr::{BStr, ByteSlice};
use git_tend::analyze::linguist::AttributeFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (path, bytes) = data.split_once_str("\n").unwrap_or((b"a/b.py", data));
    let files = AttributeFiles::new([(BStr::new(""), bytes), (BStr::new("a"), bytes)]);
    let _ = files.of(BStr::new(path));
});
