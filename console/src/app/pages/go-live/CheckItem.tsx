import { Link } from '@tanstack/react-router'
import { Circle, CircleAlert, CircleCheck } from 'lucide-react'
import type { Schema } from '@/api/client'
import { useScope } from '@/app/scope'
import { buttonClass, classes, Marked } from '@/ui'
import style from './GoLive.module.css'
import type { Place } from './places'

const looks = {
  done: { icon: CircleCheck, word: 'Done', tone: style.good },
  todo: { icon: Circle, word: 'To do', tone: style.todo },
  blocking: { icon: CircleAlert, word: 'Blocks customers', tone: style.bad },
}

type CheckItemProps = { item: Schema<'GoLiveItem'>; place: Place }

/** One point of the checklist, and where it is done. */
export function CheckItem({ item, place }: CheckItemProps) {
  const { appId } = useScope()
  const { icon: Icon, word, tone } = looks[item.state]
  return (
    <li className={style.item} data-state={item.state}>
      <Icon aria-hidden="true" className={tone} />
      <div className={style.text}>
        <h3>
          {item.title}
          <span
            className={item.state === 'blocking' ? classes(style.word, tone) : 'visually-hidden'}
          >
            {word}
          </span>
        </h3>
        <p>
          <Marked text={item.detail} />
        </p>
      </div>
      {item.state !== 'done' && (
        <Link
          to={`/console/${appId}/live${place.to}`}
          search={{}}
          className={buttonClass({ small: true })}
        >
          {place.label}
        </Link>
      )}
    </li>
  )
}
