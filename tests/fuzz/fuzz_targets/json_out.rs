#![no_main]

spanglass_fuzz::fuzz!("json_out");
