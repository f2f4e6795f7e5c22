import { Button, Spinner } from '@/ui/Button'
import style from './Portal.module.css'

type MessageProps = {
  title: string
  text?: string
  action?: string
  onAction?: () => void
  busy?: boolean
}

/** One sentence in the middle of the page, and perhaps what to do. */
export const Message = ({ title, text, action, onAction, busy }: MessageProps) => (
  <main className={style.message} aria-busy={busy}>
    {busy ? (
      <span role="status">
        <Spinner />
        <span className="visually-hidden">{title}</span>
      </span>
    ) : (
      <h1>{title}</h1>
    )}
    {text && <p>{text}</p>}
    {action && <Button onClick={onAction}>{action}</Button>}
  </main>
)
