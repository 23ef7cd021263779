import fc from 'fast-check';

/**
 * One seed for every property, so that a run says of a change what the last run said. `PROPERTY_SEED=<number>` looks
 * elsewhere; what it finds becomes an example of its own beside the property.
 */
fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) });
