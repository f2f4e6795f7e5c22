import { classes } from '@/ui'
import style from './ConnectorIcon.module.css'

type ConnectorIconProps = { name: string; icon: string | null; large?: boolean }

/** A connector's picture, or its first letter where it has none. */
export function ConnectorIcon({ name, icon, large }: ConnectorIconProps) {
  return (
    <span className={classes(style.icon, large && style.large)} aria-hidden="true">
      {icon ? (
        <img src={source(icon)} alt="" loading="lazy" />
      ) : (
        (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '·').toUpperCase()
      )}
    </span>
  )
}

/** An SVG comes as text and is shown as an image, where it can run nothing. */
const source = (icon: string) =>
  icon.startsWith('<svg') ? `data:image/svg+xml,${encodeURIComponent(icon)}` : icon
