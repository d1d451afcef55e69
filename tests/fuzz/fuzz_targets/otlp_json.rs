#![no_main]

spanglass_fuzz::fuzz!("otlp_json");
