//! scratch
fn main() {
    for s in netsession_model::scenes::scenes() {
        println!("{}", s.mermaid());
    }
}
