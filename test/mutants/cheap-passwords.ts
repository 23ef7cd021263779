import { currentCost } from '../../src/accounts/passwords.ts';

// Mutation testing runs the same sign-in thousands of times; nothing of what it judges turns on the cost of a hash.
currentCost.memory = 64;
