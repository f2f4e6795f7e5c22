/** As the `ref` of what appears after something was done: whoever uses keys or a reader is there. */
export const focusOn = (element: HTMLElement | null) => element?.focus()
