// What the host gives. A function that is declared and not defined is imported from the module that its file is named after.

/** Debug build only: called before each access to what threads share, so that a test can let something happen there, or end the thread. */
export declare function beforeAccess(): void;
