import { Check, Copy } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { IconButton } from './Button'
import style from './Copy.module.css'

/** Copies, and says for a moment that it has. */
export function CopyButton({
  text,
  label = 'Copy',
  done = 'Copied',
  className,
}: {
  text: string
  label?: string
  /** What the label becomes for that moment. */
  done?: string
  className?: string
}) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await writeClipboard(text)
    setCopied(true)
  }
  return (
    <IconButton small label={copied ? done : label} onClick={copy} className={className}>
      {copied ? <Check /> : <Copy />}
    </IconButton>
  )
}

/** The clipboard API needs https or localhost; a console in a private network may have neither. */
export async function writeClipboard(text: string) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

/** An id, a URL or a key with its copy button. */
export function Copyable({
  text,
  shown,
  label,
}: {
  text: string
  shown?: ReactNode
  label?: string
}) {
  return (
    <span className={style.copyable}>
      <code className={style.text} title={text}>
        {shown ?? text}
      </code>
      <CopyButton text={text} label={label ?? 'Copy'} />
    </span>
  )
}

/** Code to read and to take along. `shown` may mask what `text` has. */
export function CodeBlock({
  text,
  shown,
  label,
}: {
  text: string
  shown?: string
  label?: string
}) {
  return (
    <section className={style.block} aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{shown ?? text}</code>
      </pre>
      <CopyButton text={text} className={style.copy} />
    </section>
  )
}

/** A JSON value as it came, indented. */
export function JsonBlock({ value, label }: { value: unknown; label?: string }) {
  return <CodeBlock text={pretty(value)} label={label} />
}

function pretty(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? ''
  try {
    return JSON.stringify(JSON.parse(value), null, 2)
  } catch {
    return value
  }
}
