#![no_main]

spanglass_fuzz::fuzz!("filter");
