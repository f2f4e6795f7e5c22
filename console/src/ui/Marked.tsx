/** A sentence of the server, in which names stand between backticks, shown as code. */
export const Marked = ({ text }: { text: string }) =>
  text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))
