import { openDatabase } from '../../src/store/open-database.ts';
import { createOutboxStore } from '../../src/store/outbox.ts';
import { outboxStoreContract } from '../contract/outbox-store.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';

outboxStoreContract('SQLite', () => createOutboxStore(openDatabase(':memory:')));
outboxStoreContract('the memory of tests', memoryOutbox);
