//! Are the stored runs those that a walk over the model finds today?

use netsession_model::coverage::walked::walked;

#[test]
fn print() {
    let (all, missing) = walked();
    for one in &all {
        println!("=== {} ({})\n{}", one.name, one.items.len(), one.text);
    }
    println!("{} runs; missing {}:", all.len(), missing.len());
    for (kind, name) in missing {
        println!("  {kind} {name}");
    }
}
