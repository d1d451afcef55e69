// What `cargo xtask fuzz` runs in the interface, as one file of its own.
export { Chance, damaged } from './damage';
export * as promises from './promises';
export { SEEDS } from './seeds';
