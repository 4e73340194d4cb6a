//! The program `netsession`.

mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut options = demo::Options::default();
    for argument in &arguments {
        match argument.as_str() {
            "--json" => options.json = true,
            "netlink" => options.backend = Some(demo::Backend::Netlink),
            "sim" => options.backend = Some(demo::Backend::Sim),
            _ => {}
        }
    }
    match demo::run(options) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netsession: {error}");
            error.exit_code().into()
        }
    }
}
