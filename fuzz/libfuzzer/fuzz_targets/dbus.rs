//! `netsession_fuzz::dbus`, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| netsession_fuzz::dbus(bytes));
