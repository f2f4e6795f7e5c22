import { memo } from 'react'
import { Badge, classes, Time } from '@/ui'
import style from './AccountList.module.css'
import { type AccountEntry, accountPath } from './accounts'

const SHOWN = 3

type AccountRowProps = {
  account: AccountEntry
  index: number
  top: number
  active: boolean
  base: string
  onOpen: (path: string) => void
  onFocus: (index: number) => void
}

/** The link covers the whole row. */
export const AccountRow = memo(function AccountRow({
  account,
  index,
  top,
  active,
  base,
  onOpen,
  onFocus,
}: AccountRowProps) {
  const { connections, expired } = account
  const path = accountPath(account.account_id)
  return (
    <tr
      aria-rowindex={index + 2}
      data-index={index}
      className={classes(style.columns, style.row)}
      style={{ transform: `translateY(${top}px)` }}
    >
      <td className={style.who}>
        {/* The router's own link, many times over, would be felt while scrolling. */}
        <a
          href={base + path}
          className={style.link}
          tabIndex={active ? 0 : -1}
          onFocus={() => onFocus(index)}
          onClick={event => {
            if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
            event.preventDefault()
            onOpen(path)
          }}
        >
          {account.name || account.account_id}
        </a>
        {account.name && <code className={style.id}>{account.account_id}</code>}
      </td>
      <td className={style.scope}>{account.scope}</td>
      <td className={style.apps}>
        {connections.slice(0, SHOWN).map((slug, at) => (
          <Badge key={`${slug}-${at}`}>{slug}</Badge>
        ))}
        {connections.length > SHOWN && <Badge>+{connections.length - SHOWN}</Badge>}
        {expired > 0 && (
          <Badge tone="bad" dot>
            {expired} expired
          </Badge>
        )}
      </td>
      <td className={style.created}>
        <Time at={account.created_at} />
      </td>
    </tr>
  )
})
