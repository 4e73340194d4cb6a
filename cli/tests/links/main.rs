//! Does the program do on real links what it says? One lab a test, each in namespaces of its own.
fn main() {}
